/** The module, where the environment or the bundler imports WebAssembly as such. */
declare const module: WebAssembly.Module;
export default module;
