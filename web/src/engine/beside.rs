//! Files that are checked by themselves, whatever is being checked meanwhile: those that belong to the page.

use super::{Engine, of_reader};
use crate::listeners::Given;
use crate::model::Model;
use crate::report::Report;
use crate::worker::SessionOptions;
use yew::Callback;

impl Engine {
    /// Has files checked under the page's policy, for whom the reader expects. No log is asked, and nothing remembered.
    pub fn verify_beside(&self, model: &Model, files: &[Given], hear: Callback<Result<Report, String>>) {
        let request = self.next_id();
        let options = SessionOptions { logs: Vec::new(), ..of_reader(model, None) };
        self.besides.borrow_mut().insert(request, hear);
        let told = match &*self.verifier.borrow() {
            Some(verifier) => verifier.verify_beside(request, files, &options),
            None => Err("the verifier is not running".to_owned()),
        };
        if let Err(message) = told {
            self.verified_beside(request, Err(message));
        }
    }

    pub(super) fn verified_beside(&self, request: u32, report: Result<Report, String>) {
        let hear = self.besides.borrow_mut().remove(request);
        if let Some(hear) = hear {
            hear.emit(report);
        }
    }
}
