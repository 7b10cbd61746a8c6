//! The word lists of CAP 1.2, as the standard spells them.

use crate::people::words::words;

words! {
    /// Whether a message is in earnest.
    Status ("CAP status") {
        Actual = "Actual",
        Exercise = "Exercise",
        /// For the machines between.
        System = "System",
        Test = "Test",
        Draft = "Draft",
    }
}

words! {
    /// What a message is to those before it.
    MsgType ("CAP msgType") {
        Alert = "Alert",
        Update = "Update",
        Cancel = "Cancel",
        Ack = "Ack",
        Error = "Error",
    }
}

words! {
    /// Who may read it.
    Scope ("CAP scope") {
        Public = "Public",
        Restricted = "Restricted",
        /// Only those in `addresses`.
        Private = "Private",
    }
}

words! {
    /// Of which trade.
    Category ("CAP category") {
        Geo = "Geo",
        Met = "Met",
        Safety = "Safety",
        Security = "Security",
        Rescue = "Rescue",
        Fire = "Fire",
        Health = "Health",
        Env = "Env",
        Transport = "Transport",
        Infra = "Infra",
        Cbrne = "CBRNE",
        Other = "Other",
    }
}

words! {
    /// What should be done.
    ResponseType ("CAP responseType") {
        Shelter = "Shelter",
        Evacuate = "Evacuate",
        Prepare = "Prepare",
        Execute = "Execute",
        Avoid = "Avoid",
        Monitor = "Monitor",
        Assess = "Assess",
        AllClear = "AllClear",
        None = "None",
    }
}

words! {
    /// How soon to act.
    Urgency ("CAP urgency") {
        Immediate = "Immediate",
        Expected = "Expected",
        Future = "Future",
        Past = "Past",
        Unknown = "Unknown",
    }
}

words! {
    /// How bad.
    Severity ("CAP severity") {
        Extreme = "Extreme",
        Severe = "Severe",
        Moderate = "Moderate",
        Minor = "Minor",
        Unknown = "Unknown",
    }
}

words! {
    /// How sure.
    Certainty ("CAP certainty") {
        Observed = "Observed",
        Likely = "Likely",
        Possible = "Possible",
        Unlikely = "Unlikely",
        Unknown = "Unknown",
    }
}
