// Why a command ends without a report: exit code 2, and a sentence that says what to do.
export class Trouble extends Error {}
