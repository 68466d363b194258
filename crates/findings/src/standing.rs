//! Who of an account may do everything, and who can bring itself there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use forewarn_inventory::Account;
use forewarn_policy::{
    self as policy, Decided, Decision, Document, Feasible, Grantee, Layers, Reading, RoleRights, Roles, Technique,
};

use crate::case::remembered;
use crate::{Answer, Case, Identity, Proof, Reason, Reasons, Rights};

/// A technique that works for somebody, as the inventory shows it.
#[derive(Debug, Clone)]
pub struct Way {
    /// The technique.
    pub technique: &'static Technique,
    /// What each target is.
    pub targets: BTreeMap<String, String>,
    /// What no policy says and is taken for granted.
    pub assumes: Vec<String>,
    /// The request of each step, with the statements that allow it.
    pub proofs: Vec<Proof>,
}

/// Who stands where in one account.
#[derive(Debug, Default)]
pub struct Standing {
    /// ARNs of users and roles that may do everything.
    pub administrators: BTreeSet<String>,
    /// ARNs of those of which it could not be decided, and why.
    pub undecided: BTreeMap<String, Reasons>,
    roles: Roles,
    admin_roles: Roles,
    /// Roles that may be administrators, or that may let anybody in; and why, by ARN.
    doubtful_roles: Roles,
    doubts: BTreeMap<String, Vec<Reason>>,
    admin_users: Vec<String>,
}

impl<'a> Case<'a> {
    /// Whether an identity may do everything that its account may do, and the condition keys that it can satisfy itself on
    /// the way. Service control policies limit the account as a whole and make nobody less of an administrator; its own
    /// boundary does.
    pub fn is_administrator(&self, rights: &Rights<'a>) -> (Answer, Vec<String>) {
        let layers = Layers { scp: None, ..rights.grantee.layers.clone() };
        let found = policy::admin_equivalent(&Grantee { layers, ..rights.grantee.clone() });
        let answer = match found.answer {
            policy::Answer::No => Answer::No,
            policy::Answer::Yes(hit) => Answer::Yes(Box::new(rights.proof(hit))),
            policy::Answer::Unknown(doubts) => {
                let reasons = doubts.iter().flat_map(|doubt| rights.reasons(doubt));
                Reasons::all(reasons).map_or(Answer::No, Answer::Unknown)
            }
        };
        (answer, found.conditions)
    }

    /// The roles of an account and who of its identities is an administrator. Worked out once in a run.
    pub fn standing(&self, account: &'a Account) -> Arc<Standing> {
        remembered(&self.world.standings, account.id.clone(), |_| Arc::new(self.standing_of(account)))
    }

    fn standing_of(&self, account: &'a Account) -> Standing {
        let mut standing = Standing::default();
        let (mut all, mut admins, mut doubtful) = (Vec::new(), Vec::new(), Vec::new());
        for identity in self.identities_of(account) {
            let rights = self.rights(identity);
            let arn = identity.arn();
            let mut doubts = Vec::new();
            let mut is_admin = false;
            match self.is_administrator(&rights).0 {
                Answer::Yes(_) => {
                    is_admin = true;
                    standing.administrators.insert(arn.to_owned());
                }
                Answer::No => {}
                Answer::Unknown(reasons) => {
                    doubts.extend(reasons.iter().cloned());
                    standing.undecided.insert(arn.to_owned(), reasons);
                }
            }
            match identity {
                // Nobody takes over what AWS owns: it cannot be edited, and its service alone assumes it (fact B9).
                Identity::Role(_) if identity.is_reserved() => {}
                Identity::Role(role) => {
                    let trust = self.document(&role.item().trust);
                    let layers = rights.grantee.layers;
                    match trust {
                        Ok(document) => {
                            let role = RoleRights { arn: arn.to_owned(), trust: Reading::Read(document), layers };
                            if is_admin {
                                admins.push(role.clone());
                            } else if !doubts.is_empty() {
                                doubtful.push(role.clone());
                                standing.doubts.insert(arn.to_owned(), doubts);
                            }
                            all.push(role);
                        }
                        Err(error) => {
                            let trust = &role.item().trust;
                            let gap = Case::malformed("iam:GetAccountAuthorizationDetails", arn, trust, error);
                            doubts.push(Reason::from(&gap));
                            if let Some(trust) = open_trust() {
                                doubtful.push(RoleRights { arn: arn.to_owned(), trust, layers });
                                standing.doubts.insert(arn.to_owned(), doubts);
                            }
                        }
                    }
                }
                Identity::User(_) if is_admin => standing.admin_users.push(arn.to_owned()),
                Identity::User(_) => {}
            }
        }
        standing.admin_users.sort();
        let [roles, admin_roles, doubtful_roles] = [all, admins, doubtful].map(Roles::new);
        Standing { roles, admin_roles, doubtful_roles, ..standing }
    }

    /// The ways in which an identity could become an administrator, in the order of the techniques, and why others could
    /// not be decided.
    ///
    /// A role or user whose rights are won is an administrator; where a technique changes rights at will, any target does.
    pub fn ways_to_admin(&self, rights: &Rights<'a>, standing: &Standing) -> (Vec<Way>, Vec<Reason>) {
        let mut search = Ways { case: *self, rights, standing, found: BTreeMap::new(), doubts: BTreeMap::new() };
        search.among(&standing.admin_roles, |_| true);
        // A role that the caller may change at will is worth having whatever its rights are now.
        search.among(&standing.roles, |technique| technique.gains.is_none() && is_about_roles(technique));
        search.among_doubtful();
        search.among_unlisted();
        let Ways { found, mut doubts, .. } = search;
        doubts.retain(|id, _| !found.contains_key(id));
        let mut ways: Vec<Way> = found.into_values().collect();
        ways.sort_by_key(|way| policy::techniques().iter().position(|known| known.id == way.technique.id));
        (ways, doubts.into_values().flatten().collect())
    }
}

/// Ways for one identity, by the id of the technique.
struct Ways<'w, 'a> {
    case: Case<'a>,
    rights: &'w Rights<'a>,
    standing: &'w Standing,
    found: BTreeMap<&'static str, Way>,
    doubts: BTreeMap<&'static str, Vec<Reason>>,
}

impl Ways<'_, '_> {
    /// What works where these are all roles that there are.
    fn among(&mut self, roles: &Roles, wanted: fn(&Technique) -> bool) {
        let open = |technique: &Technique| wanted(technique) && !self.found.contains_key(technique.id.as_str());
        for (technique, feasible) in roles.escalations(&self.rights.grantee, open) {
            match feasible {
                Feasible::Yes(found) => self.works(technique, *found),
                Feasible::Unknown(doubts) => {
                    let reasons = doubts.iter().flat_map(|doubt| self.rights.reasons(doubt));
                    self.doubts.entry(&technique.id).or_default().extend(reasons);
                }
                Feasible::No => {}
            }
        }
    }

    /// What would work on roles of which not all is known.
    fn among_doubtful(&mut self) {
        let roles = &self.standing.doubtful_roles;
        if roles.all().is_empty() {
            return;
        }
        for (technique, feasible) in roles.escalations(&self.rights.grantee, |_| true) {
            let about = |arn: &str| match &feasible {
                Feasible::Yes(found) => found.targets.values().any(|target| target == arn),
                Feasible::Unknown(_) => true,
                Feasible::No => false,
            };
            let all = self.standing.doubts.iter().filter(|(arn, _)| about(arn));
            let reasons = all.flat_map(|(_, reasons)| reasons.iter().cloned());
            self.doubts.entry(&technique.id).or_default().extend(reasons);
        }
    }

    /// What would work on a role that nobody listed.
    fn among_unlisted(&mut self) {
        let Some(gap) = self.rights.identity.account().iam.roles.rest.first() else { return };
        for (technique, _) in policy::escalations(&self.rights.grantee, None) {
            if is_about_roles(technique) {
                self.doubts.entry(&technique.id).or_default().push(Reason::from(gap));
            }
        }
    }

    /// A technique that works, with its proofs; none where the user that it takes over would have to be one who is no
    /// administrator.
    fn works(&mut self, technique: &'static Technique, found: policy::Escalation) {
        let mut targets = found.targets;
        let mut steps = found.steps;
        let won = technique.gains.as_ref();
        if let Some(won) = won.filter(|won| technique.targets.get(*won).is_some_and(|kind| kind == "iam:user")) {
            let Some((arn, requests)) = self.admin_user(technique, won) else { return };
            targets.insert(won.clone(), arn);
            steps = requests;
        }
        let mut proofs = Vec::new();
        for witness in steps {
            let layers = self.layers_of(&witness);
            let outcome = policy::decide(&layers, &witness);
            if outcome.decision != Decided::Known(Decision::Allow) {
                if let Answer::Unknown(reasons) = self.case.does_not_replay(&witness.resource, &outcome.decision) {
                    self.doubts.entry(&technique.id).or_default().extend(reasons.iter().cloned());
                }
                return;
            }
            let audience = policy::Audience::SameAccount;
            let because = outcome.decided_by;
            proofs.push(self.rights.proof(policy::Hit {
                audience,
                witness: witness.into(),
                because,
                unless: Vec::new(),
            }));
        }
        self.found.insert(&technique.id, Way { technique, targets, assumes: found.assumes, proofs });
    }

    /// All that decides a step: a role that is assumed decides with its trust policy, anything else leaves it to the
    /// account.
    fn layers_of(&self, witness: &policy::Request) -> Layers {
        let layers = &self.rights.grantee.layers;
        let assumed = witness.action.to_ascii_lowercase().starts_with("sts:assumerole");
        let role = assumed.then(|| self.standing.roles.of(&witness.resource)).flatten();
        match role {
            Some(role) => Layers { resource: Some(role.trust.clone()), ..layers.clone() },
            None => policy::with_delegation(layers, witness),
        }
    }

    /// An administrator among the users, not the caller itself, on whom every step of the technique works.
    fn admin_user(&mut self, technique: &'static Technique, won: &str) -> Option<(String, Vec<policy::Request>)> {
        let steps = technique.steps.iter().filter(|step| step.resource.as_deref() == Some(won));
        let actions: Vec<&str> = steps.map(|step| step.action.as_str()).collect();
        let users = || self.standing.admin_users.iter().filter(|arn| *arn != self.rights.identity.arn());
        let mut doubts: Vec<Reason> = Vec::new();
        for arn in users() {
            let mut requests = Vec::new();
            for action in &actions {
                match self.case.can(self.rights, &[action], arn, None) {
                    Answer::Yes(proof) => requests.push(Arc::unwrap_or_clone(proof.hit.witness)),
                    Answer::No => break,
                    Answer::Unknown(reasons) => {
                        doubts.extend(reasons.iter().cloned());
                        break;
                    }
                }
            }
            if requests.len() == actions.len() {
                return Some((arn.clone(), requests));
            }
        }
        let own = self.rights.identity.arn();
        let users = self.standing.undecided.iter().filter(|(arn, _)| arn.contains(":user/") && arn.as_str() != own);
        doubts.extend(users.flat_map(|(_, reasons)| reasons.iter().cloned()));
        doubts.extend(self.rights.identity.account().iam.users.rest.first().map(Reason::from));
        self.doubts.entry(&technique.id).or_default().extend(doubts);
        None
    }
}

fn is_about_roles(technique: &Technique) -> bool {
    technique.targets.values().any(|kind| kind == "iam:role")
}

/// A trust policy that lets everybody in: the open reading of one that could not be read.
fn open_trust() -> Option<Reading<Arc<Document>>> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*","Federated":"*","Service":"*"},"Action":"sts:*"}}"#;
    Document::parse(text).ok().map(|document| Reading::Read(Arc::new(document)))
}
