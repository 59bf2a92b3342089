//! SET, RESET and SHOW. [rel.setting]

use spec::error::{Failure, Unsupported};
use spec::outcome::Rows;
use spec::settings::Settings;
use spec::sql::ast::Ident;
use spec::value::Value;

use super::{Reply, Session, text_column};

impl Session {
    pub(super) fn set(
        &mut self,
        local: bool,
        name: &Ident,
        value: Option<&str>,
    ) -> Result<Reply, Failure> {
        if self.shown_mode(&name.name).is_some() {
            let what = format!("SET of {} (SET TRANSACTION is known)", name.name);
            return Err(Unsupported::new(what).at(name.position).into());
        }
        self.settings.may_change(&name.name)?;
        let change = |settings: &mut Settings| match value {
            Some(value) => settings.set(&name.name, value),
            None => settings.reset(&name.name),
        };
        if local && !self.in_transaction() {
            change(&mut self.settings.clone())?;
            let warning = "WARNING:  SET LOCAL can only be used in transaction blocks".to_owned();
            return Ok(Reply { notices: vec![warning], ..Reply::tag("SET") });
        }
        self.change_settings(local, change)?;
        Ok(Reply::tag("SET"))
    }

    pub(super) fn reset(&mut self, name: Option<&Ident>) -> Result<Reply, Failure> {
        if let Some(name) = name {
            self.settings.may_change(&name.name)?;
        }
        self.change_settings(false, |settings| match name {
            Some(name) => settings.reset(&name.name),
            None => {
                settings.reset_all();
                Ok(())
            }
        })?;
        Ok(Reply::tag("RESET"))
    }

    /// Changes what holds now and, unless `local`, what COMMIT leaves.
    fn change_settings(
        &mut self,
        local: bool,
        change: impl Fn(&mut Settings) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        change(&mut self.settings)?;
        if !local && let Some(block) = &mut self.block {
            change(&mut block.kept)?;
        }
        Ok(())
    }

    pub(super) fn show(&self, name: Option<&str>) -> Result<Reply, Failure> {
        let (columns, rows) = match name {
            Some(name) => {
                let value = match self.shown_mode(name) {
                    Some(mode) => mode.to_owned(),
                    None => self.settings.show(name)?,
                };
                (vec![self.settings.shown_name(name)], vec![vec![Value::text(value)]])
            }
            None => {
                let row = |(name, value, describe): (&str, String, &str)| {
                    vec![Value::text(name), Value::text(value), Value::text(describe)]
                };
                let rows = self.settings.all().into_iter().map(row).collect();
                (["name", "setting", "description"].map(String::from).into(), rows)
            }
        };
        let columns = columns.iter().map(|name| text_column(name)).collect();
        Ok(Reply { tag: "SHOW".into(), rows: Some(Rows { columns, rows }), ..Reply::default() })
    }

    /// The reply without the notices that `client_min_messages` keeps from the client.
    pub(super) fn heard(&self, mut reply: Reply) -> Reply {
        let level = self.settings.show("client_min_messages").unwrap_or_default();
        reply.notices.retain(|notice| match level.as_str() {
            "error" => false,
            "warning" => !notice.starts_with("NOTICE"),
            _ => true,
        });
        reply
    }
}
