// Made from openapi.json by `npm run gen`; not to be edited.
export interface paths {
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The contract. */
        get: operations["get_openapi_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/absences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is absent or will be, and who stands in, of those who work in the caller's areas. */
        get: operations["get_absences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The accounts that the caller keeps, by name. */
        get: operations["get_accounts"];
        put?: never;
        /** Makes an account, and a password that is told once. */
        post: operations["post_accounts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account. */
        get: operations["get_accounts_id"];
        /** Gives an account other rights; every session of it ends. 412 when somebody was quicker, 409 for one's own. */
        put: operations["put_accounts_id"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/end-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends every session of an account: a telephone was lost. */
        post: operations["post_accounts_id_end_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed what of an account, the last first. */
        get: operations["get_accounts_id_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes another password for somebody who has lost theirs, told once; every session of the account ends. */
        post: operations["post_accounts_id_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/accounts/{id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the lock of an account after too many wrong passwords. */
        post: operations["post_accounts_id_unlock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reports an alert. 201 when it is new, 200 with the same body when it had come before. A device is always acknowledged. */
        post: operations["post_alerts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/area-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Codes of streets and towns as they are published, with their source, to begin with. */
        get: operations["get_area_codes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The areas of the caller that are in force today, and those above them. */
        get: operations["get_areas"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/{street}/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The map of a street's areas, as GeoJSON, on a day or of a version. */
        get: operations["get_areas_street_map"];
        /**
         * A new version of a street's map, over the last one that was seen: a GeoJSON FeatureCollection of Polygons with `code` among their
         *     properties. 422 with every finding as long as anything is wrong; with `dry_run` the findings are told with 200 and nothing is saved. It
         *     holds from its day on by itself.
         */
        put: operations["put_areas_street_map"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/{street}/map/homes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The homes of a street against the map of a day or version: which lie in another grid than the one where they are filed, and which in
         *     none.
         */
        get: operations["get_areas_street_map_homes"];
        put?: never;
        /**
         * Files homes in the grids where they lie by the map that holds today, over the version that was seen. Chains, rights and who is asked
         *     follow from the grid, at once.
         */
        post: operations["post_areas_street_map_homes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/{street}/map/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has drawn what, the last first. */
        get: operations["get_areas_street_map_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/areas/{street}/map/split": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cuts an outline by a line. Nothing is saved: the parts go into a map that is. */
        post: operations["post_areas_street_map_split"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of the caller's part in a case: also after the case has left their sight. */
        get: operations["get_assignments_case_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/arrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I am at the door." */
        post: operations["post_assignments_case_id_arrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/check-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "All is well here." */
        post: operations["post_assignments_case_id_check_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/contact-made": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I am with them." It counts at 100 m or less by the last position, or when the desk has heard the elder. */
        post: operations["post_assignments_case_id_contact_made"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I cannot go": of a case to which one was sent, asked or not. Who leads gives the case back, and the next is asked at once. */
        post: operations["post_assignments_case_id_decline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/depart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I have left." */
        post: operations["post_assignments_case_id_depart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I am done here." */
        post: operations["post_assignments_case_id_done"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/no-entry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "Nobody opens." */
        post: operations["post_assignments_case_id_no_entry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I am on my way." */
        post: operations["post_assignments_case_id_progress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/support": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I need support." */
        post: operations["post_assignments_case_id_support"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assignments/{case_id}/wrong-address": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "This is the wrong address": undoes the arrival, touches no clock. */
        post: operations["post_assignments_case_id_wrong_address"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a session, or all of one's own. Without `everywhere` the access token goes on until it ends by itself. */
        post: operations["post_auth_logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, with the rights of now. */
        get: operations["get_auth_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives oneself another password. Every session ends, this one too: the answer begins a new one. */
        post: operations["post_auth_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a new pair of tokens in the place of a refresh token, which is good once. */
        post: operations["post_auth_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in. */
        post: operations["post_auth_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calendar/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Somebody's shifts of 60 days back and ahead, as iCalendar (RFC 5545). Shifts that somebody else takes over are left out. */
        get: operations["get_calendar_token"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/canaries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tries of the caller's streets: what is to come, and what came of the last. */
        get: operations["get_canaries"];
        put?: never;
        /** Tries every way of a street now, at the people whom the configuration names. Once in ten minutes at most. */
        post: operations["post_canaries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/canaries/{id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * "I have seen it": in a robot's group, on paper, in a mailbox, where no provider says that it has arrived. Of one that waits for that, or
         *     has failed within the last 24 hours.
         */
        post: operations["post_canaries_id_seen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A warning in CAP 1.2, signed as our own webhooks are. 200 when all that follows from it is committed, also when it comes again; in the
         *     first seconds after a start when the message is (`kept`). On 503 it is to be sent again.
         */
        post: operations["post_cap"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The packs of late of the caller's areas, the last first; whether the last of an area is older than 24 hours. */
        get: operations["get_cards"];
        put?: never;
        /** Makes a pack of cards for paper. Every file in it is recorded as looked at; the answer is not to be kept. */
        post: operations["post_cards"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases, newest first: of the viewer's area, or those put to them. */
        get: operations["get_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case. */
        get: operations["get_cases_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/aed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The AED to which the walk from the case is the shortest; whose area it lies in is no matter. */
        get: operations["get_cases_id_aed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The alerts of a case, opened; the look is recorded. */
        get: operations["get_cases_id_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/assign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends somebody who said yes by phone. */
        post: operations["post_cases_id_assign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/at/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case, as it stood when its log had so many records. */
        get: operations["get_cases_id_at_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/await-review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sensor's case waits, resolved, for the morning's review. */
        post: operations["post_cases_id_await_review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The calls of a case, oldest first. */
        get: operations["get_cases_id_calls"];
        put?: never;
        /**
         * Calls somebody: the desk's own telephone rings first and is joined with theirs. Answered when the line has taken it, or has not (state
         *     `failed`). An automatic call to the same person ends. The same `Idempotency-Key` is one call.
         */
        post: operations["post_cases_id_calls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/calls/{rid}/hang-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hangs up. A call that is over stays as it is. */
        post: operations["post_cases_id_calls_rid_hang_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/calls/{rid}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the recording of a call is; the look is recorded. */
        get: operations["get_cases_id_calls_rid_recording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Done. */
        post: operations["post_cases_id_close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/entry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The checklist of a forced entry: what is done, and what comes next. */
        get: operations["get_cases_id_entry"];
        put?: never;
        /**
         * One step of a forced entry; each is a record of the case. `opened` by force wants every step before it, or `reason`: 422
         *     `entry_incomplete` names what is missing. A case whose door was forced does not close before it is `secured`. Photos are those of the
         *     case with the consent `forced_entry`.
         */
        post: operations["post_cases_id_entry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/escalate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The next tier at once, or the named one. */
        post: operations["post_cases_id_escalate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log of a case, oldest first. A responder reads what concerns them. */
        get: operations["get_cases_id_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/false-alarm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Nothing was wrong: stands everybody down and, with the proof that the case holds, closes. */
        post: operations["post_cases_id_false_alarm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/follow-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a follow-up or a welfare review has found. A result closes it; nobody reached is a try, one in 15 minutes, and the third
         *     closes a follow-up. `needs_help` reports an alert as well, so that help comes at once. How satisfied they are is said once: another word
         *     later is refused (409 `not_now`).
         */
        post: operations["post_cases_id_follow_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/grant-access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shows a responder who is coming the door code and key box before they stand at the door. */
        post: operations["post_cases_id_grant_access"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/keep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The holder is still at it: the take goes on, and nothing else changes. Every command of the holder does the same; this is
         *     for the time between two of them. 409 `not_held` when it is not theirs, or has lapsed.
         */
        post: operations["post_cases_id_keep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/lower": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Less serious than thought: wants voice contact and a reason. */
        post: operations["post_cases_id_lower"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes a text beside the case. It stops no clock. */
        post: operations["post_cases_id_note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The notes of a case, opened; the look is recorded. A responder reads their own. */
        get: operations["get_cases_id_notes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who was told of a case, when, by which way, how often it was tried and with what proof; who was not, and why. */
        get: operations["get_cases_id_notices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/notices/{rid}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tells somebody once more. Asked for twice before anything came of it, they are told once; what the case has moved on from is
         *     not sent.
         */
        post: operations["post_cases_id_notices_rid_resend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/photos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The photos of a case that are kept still, oldest first. */
        get: operations["get_cases_id_photos"];
        put?: never;
        /**
         * Adds a photo: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as the body. What it says of place, time and
         *     camera is taken out before it is kept. At most 12 a case.
         */
        post: operations["post_cases_id_photos"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/photos/{rid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One photo, opened; the look is recorded. */
        get: operations["get_cases_id_photos_rid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/raise": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** More serious than thought. */
        post: operations["post_cases_id_raise"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/refer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks another body to take part; its acknowledgement is a command of its own. Where this street has a line to its district, what is
         *     handed up goes over it, and answers come back as events.
         */
        post: operations["post_cases_id_refer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/referrals/{rid}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The other body has acknowledged: who over there, and when. */
        post: operations["post_cases_id_referrals_rid_acknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/referrals/{rid}/handed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The sheet was read out, handed over on paper or sent: a record of the case. It is no acknowledgement. */
        post: operations["post_cases_id_referrals_rid_handed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/referrals/{rid}/waive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** No acknowledgement comes, or none is waited for any more: the reason stands in the case, and it can be closed. */
        post: operations["post_cases_id_referrals_rid_waive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** It was not over after all. */
        post: operations["post_cases_id_reopen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The situation is over. */
        post: operations["post_cases_id_resolve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/round": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whom to look after in an incident, in order; nobody for a case of another kind. */
        get: operations["get_cases_id_round"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/round/{rid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ticks somebody of a round off: how they were, by whom, and when. The last word counts, all are kept. With `needs_help` an SOS is
         *     reported for them first.
         */
        post: operations["post_cases_id_round_rid"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/second-look": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A second person has looked at the case and agrees that it may be closed; it counts for 10 minutes, for another's closing. */
        post: operations["post_cases_id_second_look"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/second-looks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Others' looks at this case that count now, the last first. One's own never counts for one's own closing. */
        get: operations["get_cases_id_second_looks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/agree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The elder agrees to the time that the station has proposed. */
        post: operations["post_cases_id_service_agree"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the station in whose hands it is says, as the desk heard it. After a no the next station is asked. */
        post: operations["post_cases_id_service_answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The service will not be given: the request is over, and nobody waits for it. */
        post: operations["post_cases_id_service_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The service was given: the request is over. */
        post: operations["post_cases_id_service_done"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/help": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Somebody has read a call for help in a request: opens it, critical, linked with the request. The request goes on. Said twice, it
         *     is one call.
         */
        post: operations["post_cases_id_service_help"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/rating": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How the elder found it, as the desk has asked. The last word counts. */
        post: operations["post_cases_id_service_rating"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/station": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a station. One outside the circle, or one against which something stands, is asked as well when a desk names it. */
        post: operations["post_cases_id_service_station"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/service/wish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says what is wished, of a request that did not say (the green key), or says otherwise; the nearest station is asked. */
        post: operations["post_cases_id_service_wish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/sheet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sheet of a case, to be read out or printed; the look is recorded. */
        get: operations["get_cases_id_sheet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/stand-down": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Withdraws somebody. */
        post: operations["post_cases_id_stand_down"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/take": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes the case: the tone stops, nothing else. It is the caller's while they do something about it, and lapses five minutes
         *     (where nothing rings: half an hour) after the last thing they did; then it is nobody's and rings again. 409 `held` with
         *     `taken_by` while another holds it.
         */
        post: operations["post_cases_id_take"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/voice-result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody spoke, or tried to speak, with the elder. */
        post: operations["post_cases_id_voice_result"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The chains of the caller's areas, and every home with a post for which nobody answers now. */
        get: operations["get_chains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One chain: of a grid (15 digits) or of a household (its id). */
        get: operations["get_chains_subject"];
        /** Edits a chain over the version that was seen: 412 when somebody was quicker. */
        put: operations["put_chains_subject"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains/{subject}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed what of a chain, the last first. */
        get: operations["get_chains_subject_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/circles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The area within a third, two thirds and all of some minutes: a GeoJSON FeatureCollection, the widest first. */
        get: operations["get_circles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/colleagues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who sits at desks whose areas and the caller's meet: the names behind the ids of takes and of who looks at a case. */
        get: operations["get_colleagues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is covered now, in the caller's area. */
        get: operations["get_coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The kinds of devices, their languages and reference systems. */
        get: operations["get_device_kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Devices of the caller's area, and those of nobody, by id. */
        get: operations["get_devices"];
        put?: never;
        /** Files a device by its label and binds it; one that is filed already and nobody's is bound. 201 when it is new in the register. */
        post: operations["post_devices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One device. */
        get: operations["get_devices_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/bind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Binds a device that is nobody's. */
        post: operations["post_devices_id_bind"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a device can be told, and what became of what it was told. */
        get: operations["get_devices_id_commands"];
        put?: never;
        /** Tells a device to do something. It is sent when the device is on its line, and answered by the device. */
        post: operations["post_devices_id_commands"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done with a device, the last first. */
        get: operations["get_devices_id_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/photo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The photo, opened; the look is recorded. */
        get: operations["get_devices_id_photo"];
        put?: never;
        /**
         * Adds the photo, in place of the one before it: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as the body. What it says
         *     of place, time and camera is taken out before it is kept.
         */
        post: operations["post_devices_id_photo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/replace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Another device takes the elder and the place of this one, which is out of service from then on and keeps its past. */
        post: operations["post_devices_id_replace"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins or prolongs a test. It ends by itself, by the clock of the service, also when the service is started anew meanwhile. */
        post: operations["post_devices_id_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/test/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a test before its time. With `needs_help` an SOS is reported for whoever has the device. */
        post: operations["post_devices_id_test_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}/unbind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a device from whoever has it. What it says then is about somebody unknown. Twice does no harm. */
        post: operations["post_devices_id_unbind"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/board": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The streets of the caller's areas, and what they have handed up. */
        get: operations["get_district_board"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The streets of the caller's areas that were let in, also those that were shut out again. */
        get: operations["get_district_streets"];
        put?: never;
        /** Lets a street in: answers its key. */
        post: operations["post_district_streets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets/{id}/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is open in a street, the gravest first. */
        get: operations["get_district_streets_id_cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets/{id}/handups/{rid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A hand-up with its words. The look is recorded. */
        get: operations["get_district_streets_id_handups_rid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets/{id}/handups/{rid}/answers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answers a hand-up: the answer goes to the street, and is an event of its case. Taken by an `Idempotency-Key` once. */
        post: operations["post_district_streets_id_handups_rid_answers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets/{id}/key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Another key for a street: the one before is good no more, and a street that was shut out is let in again. */
        post: operations["post_district_streets_id_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/streets/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shuts a street out: its line is ended. */
        post: operations["post_district_streets_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/district/uplink": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the line of this street to its district stands. */
        get: operations["get_district_uplink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a grid has nobody at work: by the rota of the next 14 days, and now. Who is absent counts as whoever stands in for them. */
        get: operations["get_duty_gaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/shifts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rota of some days, as it was brought in; who is absent stands in `/absences`. */
        get: operations["get_duty_shifts"];
        put?: never;
        /** Files shifts, all or none: an existing one of the same person and beginning is replaced, one that overlaps is refused. */
        post: operations["post_duty_shifts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/shifts/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a shift off the rota; that it stood there is kept. */
        post: operations["post_duty_shifts_withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/swaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shifts that change hands, of those who work in the caller's areas, the newest first; those of shifts that have ended are left out. */
        get: operations["get_duty_swaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/weeks/{street}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A street's usual weeks. */
        get: operations["get_duty_weeks_street"];
        /** Edits a street's usual weeks over the version that was seen. The calendar stays as it is until one is laid out. */
        put: operations["put_duty_weeks_street"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/weeks/{street}/lay-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lays a usual week out over the calendar. What stands there of the same person stays, and is named. */
        post: operations["post_duty_weeks_street_lay_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/duty/weeks/{street}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed a street's usual weeks, and laid them out, the last first. */
        get: operations["get_duty_weeks_street_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elder-screen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of the presses of this device, and of whatever else is open about its elder. */
        get: operations["get_elder_screen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elder-screen/cases/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a press of this device back. A mark that the desk sees: nobody is stood down and nothing is closed by it. */
        post: operations["post_elder_screen_cases_id_withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elder-screen/service-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The elder asks for a named service on their own screen. The green key alone says no service, and somebody asks back. */
        post: operations["post_elder_screen_service_requests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Elders of the caller's area. */
        get: operations["get_elders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One elder. */
        get: operations["get_elders_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/ability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Files how able the elder was found. */
        put: operations["put_elders_id_ability"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Telephones, door code and key box, health. Each look is recorded before it is answered.
         * @description A desk of the area reads telephones, those of the contacts, and the door. A responder reads for a case to which they are going: telephones after
         *     their yes, the door within 150 m after arrival or when the desk has granted it, health with a medical skill.
         */
        get: operations["get_elders_id_access"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rules for an elder, and when somebody looks next. */
        get: operations["get_elders_id_activity"];
        /**
         * Gives an elder rules of their own: `learning` (`off`, `propose`, `tighten`), and for each of `no_activity` `{rule: {hours, waking?, kinds?}}`, `water_over` `{rule: {litres, hours}}`,
         *     `out_of_bed` `{rule: {minutes}}`, or the word `off`; what is left out is as the street has it. All of them are replaced.
         */
        put: operations["put_elders_id_activity"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/away": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** An elder leaves home for a time, or is back. The return needs nobody: the day comes. */
        put: operations["put_elders_id_away"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Files a consent of one purpose, or that it was taken back. What it allows holds, or ends, at once. */
        put: operations["put_elders_id_consents"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/contacts/{rid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Edits a contact over the version that was seen: 412 when somebody was quicker. */
        put: operations["put_elders_id_contacts_rid"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/contacts/{rid}/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By which ways a contact of an elder can be told; addresses are masked. */
        get: operations["get_elders_id_contacts_rid_reach"];
        /** Files by which ways a contact of an elder can be told; what is left out stays as it is. */
        put: operations["put_elders_id_contacts_rid_reach"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/family": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The contacts of an elder, with their open links and their devices. */
        get: operations["get_elders_id_family"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/family-invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a link for one contact; an earlier one of theirs that was not used is good no more. */
        post: operations["post_elders_id_family_invites"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/family/devices/{rid}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shuts a device of the family out: its page ends within seconds. */
        post: operations["post_elders_id_family_devices_rid_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the register says of an elder. What is sealed is named, and not shown. */
        get: operations["get_elders_id_file"];
        /** Edits a file over the version that was seen: 412 when somebody was quicker. */
        put: operations["put_elders_id_file"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/file/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed what of an elder's file on the office's pages, the last first. */
        get: operations["get_elders_id_file_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/rest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Lets a file rest, or takes it up again. While a call for help is open it cannot rest (409 `case_open`). Of somebody who has died nobody
         *     is told anything by itself any more, no visit is due and no request is taken; what their devices say is still a call.
         */
        put: operations["put_elders_id_rest"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/stations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which stations could give an elder a service, with the reasons of each inclusion and exclusion. Nothing is opened by it. */
        get: operations["get_elders_id_stations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has looked at what is sealed of an elder, the last first. */
        get: operations["get_elders_id_views"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/visit-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a code for the door of an elder's home, in place of the one before it, which proves nothing any more. */
        post: operations["post_elders_id_visit_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/visit-plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an elder is looked in on. */
        get: operations["get_elders_id_visit_plan"];
        /** Gives an elder a plan of care over the version that was seen (0: there is none): 412 when somebody was quicker. */
        put: operations["put_elders_id_visit_plan"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The visits of an elder, the last first, tries among them. */
        get: operations["get_elders_id_visits"];
        put?: never;
        /**
         * Files a visit. With the same `Idempotency-Key` it is there; a phone without a network says with `Done-At` when it was. It counts when
         *     the elder was met and position or code prove the place; else the answer says why not, and the deadline stands.
         */
        post: operations["post_elders_id_visits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/elders/{id}/visits/{rid}/photo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The photo of a visit, opened; the look is recorded. */
        get: operations["get_elders_id_visits_rid_photo"];
        put?: never;
        /**
         * Adds a photo to a visit of the caller's that was filed within a day: a JPEG, PNG or WebP of at most 400 KiB and 1600 pixels an edge, as
         *     the body. What it says of place, time and camera is taken out. It proves a visit whose position did not, unless that says another place.
         */
        post: operations["post_elders_id_visits_rid_photo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/cases/{id}/said": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says something to a case: a mark that the desk sees at once. It stops no clock and closes nothing. Said twice, it is one; an
         *     `urge` can be said again after a while, three times by the whole family: before, 409 `urged_lately`, after, `urged_enough`.
         */
        post: operations["post_family_cases_id_said"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/cases/{id}/told": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who of the family was told of a case, when, by what. */
        get: operations["get_family_cases_id_told"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Files how one wishes to be told. Nobody can be the last who is not called for what is critical. */
        put: operations["put_family_choices"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/devices/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shuts out a device of one's own, or leaves with this one. */
        post: operations["post_family_devices_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened in a month: for a contact whom the elder lets know what was before. */
        get: operations["get_family_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/language": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Keeps in which language one is told, as it was chosen on the page; addresses and ways stay as they are. */
        put: operations["put_family_language"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who looks, and at whom. */
        get: operations["get_family_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/push-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key that this browser wants before it agrees to be pushed to. 404 `no_push`: nobody is pushed to. */
        get: operations["get_family_push_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/push-subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The contact agrees to be pushed to in this browser, until this device is shut out. */
        post: operations["post_family_push_subscriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/push-subscriptions/{rid}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The contact is pushed to in this browser no more. */
        post: operations["post_family_push_subscriptions_rid_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By which ways the contact can be told who looks. */
        get: operations["get_family_reach"];
        /** Files by which ways the contact can be told who looks. Which level is told by which is said by `choices`. */
        put: operations["put_family_reach"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/service-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The elder's requests, the newest first. Those that were turned into a call for help say so. */
        get: operations["get_family_service_requests"];
        put?: never;
        /** Asks for a service on the family's page. */
        post: operations["post_family_service_requests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/service-requests/{id}/agree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The family agrees, for the elder, to the time that the station has proposed. */
        post: operations["post_family_service_requests_id_agree"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/service-requests/{id}/rating": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The family says how it was. */
        post: operations["post_family_service_requests_id_rating"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens a link, once: the answer sets the session's cookie. Five wrong tries lock the link for good. */
        post: operations["post_family_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/sheet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A month in figures: for a contact whom the elder lets know what was before. */
        get: operations["get_family_sheet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/sheet-mail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the sheet of each month comes by mail. */
        get: operations["get_family_sheet_mail"];
        /** Wishes for the sheet of each month by mail, or for no more of them. For contacts whom the elder lets know what was before. */
        put: operations["put_family_sheet_mail"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/family/view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is going on, as soon as it is other than the page knows. */
        get: operations["get_family_view"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/follow-ups/month": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the follow-ups of one month have come to, by community, as far as the caller may see. */
        get: operations["get_follow_ups_month"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/follow-ups/overdue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open follow-ups and welfare reviews whose 24 hours are over, the newest first. */
        get: operations["get_follow_ups_overdue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hand-overs of desks that lie in the caller's areas, the last first. A dispatcher sees those that go on and their own. */
        get: operations["get_handovers"];
        put?: never;
        /** The caller wants to hand over their desk. Said twice, it is the same hand-over. */
        post: operations["post_handovers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A hand-over, and what must be signed now. */
        get: operations["get_handovers_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The caller takes the desk over, and the cases that who hands over has in hand. 409 `unsigned` while a critical case that is
         *     open now is not signed by the caller: each stands in `errors`.
         */
        post: operations["post_handovers_id_complete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}/note": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes a text for who comes. The same `Idempotency-Key` is the same text. */
        post: operations["post_handovers_id_note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The texts of a hand-over, opened, oldest first; the look is recorded. */
        get: operations["get_handovers_id_notes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}/sign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The caller has read a case of the desk, as its log stood, and answers for it from here on. 409 `own_handover` for who hands over. */
        post: operations["post_handovers_id_sign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/handovers/{id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** It is not handed over after all. 409 `not_your_handover` for anybody but who hands over. */
        post: operations["post_handovers_id_withdraw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has brought in what, the last first. */
        get: operations["get_imports"];
        put?: never;
        /**
         * Looks at a file (CSV in UTF-8, GBK or UTF-16, or a workbook) as the body, at most 64 MiB: what is wrong with it, cell by cell,
         *     and what it would do. Nothing is written but with `write`, and then only if nothing is wrong and it is the file that was
         *     looked at: 409 `other_file`. A row about an area that is not the caller's is an error.
         */
        post: operations["post_imports"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the map is made of. */
        get: operations["get_map"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/channel-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What came of the caller's tries of the last 24 hours. */
        get: operations["get_me_channel_tests"];
        put?: never;
        /**
         * Sends a try by each way that leads to the caller: a call, a short message, a push to each browser, a mail. Their words say that
         *     nothing has happened. Once a minute at most, and within the quotas. Receipts come later: ask for the list.
         */
        post: operations["post_me_channel_tests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key that this browser wants before it agrees to be pushed to. 404 `no_push`: nobody is pushed to. */
        get: operations["get_me_push_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The caller agrees to be pushed to in this browser, until they sign out everywhere. With more than ten the oldest ends. */
        post: operations["post_me_push_subscriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/push-subscriptions/{rid}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The caller is pushed to in this browser no more. */
        post: operations["post_me_push_subscriptions_rid_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By which ways the caller can be told. */
        get: operations["get_me_reach"];
        /** Files by which ways the caller can be told; what is left out is taken off the file. */
        put: operations["put_me_reach"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/need-label-sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The shipped sets, to begin with. */
        get: operations["get_need_label_sets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/need-labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a street shows needs. */
        get: operations["get_need_labels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/need-labels/{street}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Edits a street's table over the version that was seen (0: it has none): 412 when somebody was quicker. Nothing that is decided
         *     depends on it.
         */
        put: operations["put_need_labels_street"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/need-labels/{street}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed what of a street's table, the last first. */
        get: operations["get_need_labels_street_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notify/callbacks/{carrier}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A provider asks, when this address is entered at it, whether it is ours (WeChat's official accounts do): its own word is read back to
         *     whoever signs with the token that only the two of us know.
         */
        get: operations["get_notify_callbacks_carrier"];
        put?: never;
        /**
         * A provider reports. It signs in nobody: its own signature is what counts. Answered when all that it reports is kept and done, as
         *     the provider wants to see it; said twice, it is good twice.
         */
        post: operations["post_notify_callbacks_carrier"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The cases that are put to the signed-in responder, or to which they are going. */
        get: operations["get_offers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Yes: the answer says as what. 409 only when somebody leads and no back-up is wanted. */
        post: operations["post_offers_id_accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** No: the next is asked at once. */
        post: operations["post_offers_id_decline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers/{id}/received": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The offer has reached the responder's device. */
        post: operations["post_offers_id_received"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/phone/callbacks/{line}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A line reports. It signs in nobody: its own signature is what counts. Answered when it is kept and what follows is done; said twice, it is
         *     good twice.
         */
        post: operations["post_phone_callbacks_line"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A street's plans: what is in force, what begins later, and what waits for a second person. */
        get: operations["get_plans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Revises a street's plans over the version that was seen (0: none): 412 when somebody was quicker, 422 with the path of every mistake.
         *     200 when help comes sooner or to the same time everywhere; 202 when anything becomes looser and a second person has to say yes.
         */
        put: operations["put_plans_street"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Holds a revision against the calls for help of the last days, 100 a page, the newest first. People are taken to have done what they did at
         *     the times at which they did it. Nothing is written.
         */
        post: operations["post_plans_street_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a revision would change, without filing it; 422 with the path of every mistake. */
        post: operations["post_plans_street_compare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has tightened, proposed, approved, rejected or taken back what, the last first. */
        get: operations["get_plans_street_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Who would be told when, of an elder, a kind and a time, while nobody answers: by the same rules as in earnest. Nothing is written and
         *     nobody is told.
         */
        post: operations["post_plans_street_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/proposals/{rid}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A second person says yes to a loosening. 403 for whoever proposed it; 409 when it has been decided, or the plans have changed since. */
        post: operations["post_plans_street_proposals_rid_approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{street}/proposals/{rid}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody says no to a loosening; whoever proposed it takes it back. */
        post: operations["post_plans_street_proposals_rid_reject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/practice": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the caller takes part, and who else does. */
        get: operations["get_practice"];
        /** Joins the practice for four hours, or leaves it. When the last desk leaves, what is still open of it is closed. */
        put: operations["put_practice"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/push/{platform}/{link}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The handshake: what the cloud wants to read when the address is entered there. */
        get: operations["get_push_platform_link"];
        put?: never;
        /** A push. 200 when everything that it asserts is committed; on 503 the cloud sends it again, and nothing is doubled. */
        post: operations["post_push_platform_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who could not prove who they are, the last first. */
        get: operations["get_quarantine"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine/{id}/bind": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Files the device under the name by which it has come, bound to an elder. */
        post: operations["post_quarantine_id_bind"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine/{id}/decode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reads what was kept last under this row once more; the look is recorded. With `report` its alarms go to the desk, each once. */
        post: operations["post_quarantine_id_decode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quarantine/{id}/seen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody at a desk has looked at it. */
        post: operations["post_quarantine_id_seen"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Who of those at work in the caller's area can be at a point within some minutes. */
        post: operations["post_reach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/readings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a reading. 204 when rules have heeded it. What holds a `kind` is an alert that came to the wrong address, and is taken as one. */
        post: operations["post_readings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reassessments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Elders of the caller's area who fell twice or more within 30 days since their last assessment, most falls first. */
        get: operations["get_reassessments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/receipts/{notice_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody has the notice. It signs in nobody: the signature is what counts. */
        post: operations["post_receipts_notice_id"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/register-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was changed in the register by those whose accounts the caller keeps or reads, the last first. What somebody beyond them has
         *     changed stands in the log of the thing itself.
         */
        get: operations["get_register_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/calls.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The lines of the month, one a call, as CSV in UTF-8: from them every figure of the sheet can be counted again. */
        get: operations["get_reports_calls_csv"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/month": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The month of one's own areas in figures. Exercises, calls that came late and what is no call for help are not counted. */
        get: operations["get_reports_month"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/month.xlsx": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a workbook: the sheet, its parts, and the lines from which it was counted. */
        get: operations["get_reports_month_xlsx"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Responders who work in the caller's area. */
        get: operations["get_responders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/calendar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes the address under which one's calendar reads one's shifts; a former one ends. It ends with the sessions of the account, too. */
        post: operations["post_responders_me_calendar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/calendar/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends that address. */
        post: operations["post_responders_me_calendar_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/duty": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** "I am at work", or not. */
        put: operations["put_responders_me_duty"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller was asked in one month, and what came of it. */
        get: operations["get_responders_me_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/position": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** "I am here." Refreshes the arrival times of the cases to which the responder is on the way. */
        post: operations["post_responders_me_position"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/shifts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's own shifts: the one that goes on, and those of the next 14 days. */
        get: operations["get_responders_me_shifts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/swaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Swaps that the caller has asked for or is asked for, and who could be asked. */
        get: operations["get_responders_me_swaps"];
        put?: never;
        /** Asks somebody to take a shift of one's own. Nothing changes until they agree. */
        post: operations["post_responders_me_swaps"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/swaps/{rid}/agree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes the shift: the rota changes with the answer. */
        post: operations["post_responders_me_swaps_rid_agree"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/swaps/{rid}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Does not take it. */
        post: operations["post_responders_me_swaps_rid_decline"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/swaps/{rid}/take-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes one's own question back. */
        post: operations["post_responders_me_swaps_rid_take_back"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The visits that the caller makes, the longest overdue first. */
        get: operations["get_responders_me_visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/me/visits/route": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Plans the caller's visits as a round: from where they stand, by the roads, within the circle and each elder's hours. Nothing is kept. */
        post: operations["post_responders_me_visits_route"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One responder. */
        get: operations["get_responders_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/{id}/absence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * "Sick today": somebody is absent, and somebody else answers from this instant on. A second one of the same beginning replaces the
         *     first.
         */
        post: operations["post_responders_id_absence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/{id}/absence/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** They are back: whoever stood in does so no more. Said again, nothing changes. */
        post: operations["post_responders_id_absence_end"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/responders/{id}/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By which ways a responder can be told; addresses are masked. */
        get: operations["get_responders_id_reach"];
        /** Files by which ways a responder can be told; what is left out stays as it is. */
        put: operations["put_responders_id_reach"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/service-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The kinds of service that can be asked for. */
        get: operations["get_service_kinds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/service-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests of the caller's areas, the newest first. */
        get: operations["get_service_requests"];
        put?: never;
        /** Opens a request for service and asks the nearest station of the circle. 201 when it is new; with the same key it is there. */
        post: operations["post_service_requests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sheets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What can be brought in. */
        get: operations["get_sheets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The stations of the caller's areas, and of those around them. */
        get: operations["get_stations"];
        put?: never;
        /** Files a new station. */
        post: operations["post_stations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One station, for those of its area and for those who answer for it. */
        get: operations["get_stations_id"];
        /** Edits a station over the version that was seen: 412 when somebody was quicker. */
        put: operations["put_stations_id"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}/free": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Says how many places or beds are free: the one thing that changes by the hour, so whoever answers for the station says it, and the
         *     last word counts.
         */
        put: operations["put_stations_id_free"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who has changed what of a station, the last first. */
        get: operations["get_stations_id_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The open requests that are in a station's hands, for those who answer for it. */
        get: operations["get_stations_id_requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}/requests/{case_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The station itself answers. */
        post: operations["post_stations_id_requests_case_id_answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stations/{id}/requests/{case_id}/done": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The station itself says that it was done. */
        post: operations["post_stations_id_requests_case_id_done"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/telephony": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether there is a line, and from which desks calls are made. */
        get: operations["get_telephony"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tiles/{z}/{x}/{y}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One tile, Mapbox vector tiles 2.1; layers `ground`, `water`, `building`, `road`, `place`, each feature with its `class` and,
         *     where it has one, its `name`. 204: there is nothing in it.
         */
        get: operations["get_tiles_z_x_y"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/uncalled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Elders at high risk of the caller's area of whose family nobody could be called for what is critical, by id. */
        get: operations["get_uncalled"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is to be looked in on in the caller's areas: what is overdue and due today, by grid and by worker. */
        get: operations["get_visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/visits/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the visits of a month have come, by grid: every figure is a count of visits that can be listed one by one. */
        get: operations["get_visits_coverage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wall/board": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The figures of the screen's areas, now. */
        get: operations["get_wall_board"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wall/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the map is made of, for a screen on the wall. */
        get: operations["get_wall_map"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wall/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Opens a link, once: the answer sets the screen's cookie. */
        post: operations["post_wall_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/wall/tiles/{z}/{x}/{y}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One tile, as everybody else gets it. */
        get: operations["get_wall_tiles_z_x_y"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/walls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The screens of the caller's areas, the newest first. */
        get: operations["get_walls"];
        put?: never;
        /** Lets a screen in: answers the link that it opens. */
        post: operations["post_walls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/walls/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shuts a screen out: its next question is refused. */
        post: operations["post_walls_id_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers. */
        get: operations["get_healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What we count, for Prometheus. */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the service can do its work: the store takes writes, its tables are ours, the clock is right. */
        get: operations["get_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/t/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows what is asked. Nothing changes. */
        get: operations["get_t_token"];
        put?: never;
        /** Answers what is asked, once. */
        post: operations["post_t_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description How able the elder was found. */
        AbilityDto: {
            /** Format: date */
            assessed_on: string;
            instrument: string;
            /**
             * Format: int32
             * @description 0 able to 4 wholly unable.
             */
            level: number;
        };
        /** @description How able the elder was found. */
        AbilityIn: {
            /** Format: date */
            assessed_on: string;
            /** @description "GB/T 42195-2022", "MZ/T 039": a level means nothing without it. */
            instrument: string;
            /**
             * Format: int32
             * @description 0 able to 4 wholly unable, as the instrument has it.
             */
            level: number;
        };
        /** @description An absence, and whether it is covered. */
        AbsenceDto: {
            absent: string;
            absent_name?: string | null;
            /** @description Who answers at its beginning, or now once it has begun; absent: those who stand in only point at each other. */
            answers?: string | null;
            by: string;
            by_name?: string | null;
            /** Format: date-time */
            from: string;
            /** @description It holds now. */
            now: boolean;
            /** Format: date-time */
            until?: string | null;
            /** @description What to look after: `nobody_answers`, `stand_in_off_duty`. */
            warnings: string[];
        };
        /** @description Somebody is absent. */
        AbsenceIn: {
            /** @description Who answers instead. */
            by: string;
            /**
             * Format: date-time
             * @description Since when; now when left out.
             */
            from?: string | null;
            /**
             * Format: date-time
             * @description Until when; until somebody says that they are back when left out.
             */
            until?: string | null;
        };
        /** @description The absences that hold or come. */
        AbsencesDto: {
            items: components["schemas"]["AbsenceDto"][];
        };
        /** @description As what somebody is coming. */
        AcceptDto: {
            case?: components["schemas"]["CaseDto"] | null;
            /**
             * Format: date-time
             * @description When it was decided; for `provisional`: when it will be.
             */
            decided_at: string;
            /** @description `provisional`, `lead`, `backup`. */
            role: string;
        };
        /** @description A yes. */
        AcceptIn: {
            /**
             * Format: int32
             * @description Travel time by one's own reckoning, seconds; reckoned from where one is when left out.
             */
            eta_s?: number | null;
        };
        /** @description What is sealed of an elder, as far as it was asked for. */
        AccessDto: {
            access?: components["schemas"]["DoorDto"] | null;
            /** @description Of the contacts who may be told, in the order in which they are called. */
            contacts?: components["schemas"]["ContactPhonesDto"][] | null;
            elder_id: string;
            health?: components["schemas"]["HealthDto"] | null;
            phones?: string[] | null;
        };
        /** @description An account. The `ETag` of one is what an edit names in `If-Match`. */
        AccountDto: {
            /** @description Codes of areas; none: sees no case and no elder. */
            areas: string[];
            id: string;
            /** Format: date-time */
            locked_until?: string | null;
            /** @description It is the caller's own, which somebody else changes. */
            own: boolean;
            responder_id?: string | null;
            responder_name?: string | null;
            role: string;
            /** @description `active`, `locked` (too many wrong passwords), `disabled`. */
            state: string;
            username: string;
            /** Format: int64 */
            version: number;
        };
        /** @description The rights that an account is to have. */
        AccountIn: {
            /** @description Codes of areas, 50 at most. */
            areas?: string[];
            /** @description They may not sign in. */
            disabled?: boolean;
            /** @description The responder that they are; whoever walks is one. */
            responder_id?: string | null;
            /** @description `admin`, `duty_leader`, `dispatcher`, `grid_worker`, `caregiver`, `auditor`. */
            role: string;
        };
        /** @description Who has acknowledged, and when. */
        AcknowledgeIn: {
            /**
             * Format: date-time
             * @description When they said so, within the last 24 hours; now when left out.
             */
            at?: string | null;
            /** @description Name or number of whoever said so over there, and the other side's own number of it. Sealed; the note of the record. */
            by?: string | null;
        };
        /** @description The rules in force for an elder. */
        ActivityDto: {
            /** @description Who has changed what was set for this elder, the newest first, at most 50. */
            changes: components["schemas"]["RuleChangeDto"][];
            /** @description When somebody looks next. */
            due: components["schemas"]["DueDto"][];
            elder_id: string;
            /** @description `off`, `propose` or `tighten`: whether what is usual for this elder is learned, and what comes of it. */
            learning: string;
            no_activity?: components["schemas"]["NoActivityDto"] | null;
            out_of_bed?: components["schemas"]["OutOfBedDto"] | null;
            /**
             * @description What was set for this elder: `learning` (`off`, `propose`, `tighten`), and for each of `no_activity`, `water_over`, `out_of_bed` the word `off` or `{rule: {…}}`; what is absent
             *     is as the street has it.
             */
            own: Record<string, never>;
            /** @description The sensors of the elder and of their home. */
            sensors: components["schemas"]["SensorDto"][];
            /** @description How long this elder is usually quiet, by the hours at which a quiet stretch begins; empty while too little is known. */
            usual: components["schemas"]["UsualDto"][];
            /** @description Whole days of the last 28 that were learned from. */
            usual_days: number;
            /** @description So many are needed at least. */
            usual_days_min: number;
            water_over?: components["schemas"]["WaterOverDto"] | null;
        };
        /** @description An AED and the way to it. */
        AedDto: {
            /** @description From a straight line, not from roads. */
            estimated: boolean;
            /** Format: int32 */
            meters: number;
            /**
             * Format: int32
             * @description On foot from the place of the case.
             */
            seconds: number;
            station: components["schemas"]["StationDto"];
        };
        /** @description One alert of a case. */
        AlertDto: {
            id: string;
            kind: string;
            late: boolean;
            note?: string | null;
            /** Format: date-time */
            occurred_at?: string | null;
            /** @description `{lat, lon, crs, accuracy_m}` as it was sent; without `crs` it is unresolved. */
            position?: Record<string, never> | null;
            reading?: Record<string, never> | null;
            /** Format: date-time */
            received_at: string;
            /** @description Its content was erased, or does not open. */
            sealed?: boolean;
            /** @description Who sent it: a device or a user. */
            sender: string;
            warnings: string[];
            /** @description The sender's own word, where it is none of ours. */
            word?: string | null;
        };
        /** @description An alert of a person. */
        AlertIn: {
            /** @description About which device's people. */
            device_id?: string | null;
            /** @description An exercise; desks only. */
            drill?: boolean;
            /** @description About whom; or `device_id`. */
            elder_id?: string | null;
            /**
             * @description `sos`, `fall`, `smoke`, `gas`, `co`, `duress`, `inactivity`, `offline`, `vital`, `geofence`, `water_leak`,
             *     `missed_visit`, `device_fault`, `low_battery`, `tamper`, `link_loss`, `power_loss`, `service_request`; an unknown word
             *     is kept and becomes a visible case.
             */
            kind: string;
            /** @description In words. Kept sealed. */
            note?: string | null;
            /**
             * Format: date-time
             * @description When it happened, by the sender's clock.
             */
            occurred_at?: string | null;
            position?: components["schemas"]["PlaceIn"] | null;
            /** @description What was measured. Kept sealed. */
            reading?: Record<string, never> | null;
            /** @description The sender's reference: the same one again is the same alert. */
            source_ref?: string | null;
        };
        /** @description Everything that is shipped. */
        AllListedCodesDto: {
            districts: components["schemas"]["ListedCodesDto"][];
        };
        /** @description What a station says. */
        AnswerIn: {
            /** @description `confirm`, `decline`, `propose`. */
            answer: components["schemas"]["AnswerWord"];
            /**
             * Format: date-time
             * @description When it will be done: of a `confirm` the wished time when left out; of a `propose` it must be said.
             */
            at?: string | null;
            /** @description Of a `decline`: `closed`, `full`, `no_staff`, `too_far`, `not_given`. */
            reason?: string | null;
        };
        /**
         * @description What a station can say.
         * @enum {string}
         */
        AnswerWord: "confirm" | "decline" | "propose";
        /** @description Who answers for a post now. */
        AnswersDto: {
            /** @description Whose post it is, when that is somebody else. */
            in_place_of?: string | null;
            name?: string | null;
            post: string;
            responder_id: string;
        };
        /** @description An area. */
        AreaDto: {
            /** @description The same area in another coding: of a grid the 20 digits of CJ/T 349. */
            alias?: string | null;
            code: string;
            /** @description `district`, `street`, `community`, `grid`. */
            level: string;
            name: string;
            /** @description It lies in the caller's areas; else it only holds one of them. */
            own: boolean;
            /**
             * Format: date
             * @description The day from which code and name hold.
             */
            valid_from: string;
        };
        /** @description One outline. */
        AreaFeatureDto: {
            geometry: components["schemas"]["PolygonDto"];
            properties: components["schemas"]["AreaPropertiesDto"];
            /** @description `Feature`. */
            type: string;
        };
        /** @description An outline as it comes. */
        AreaFeatureIn: {
            geometry: components["schemas"]["GeometryIn"];
            properties: components["schemas"]["AreaPropertiesIn"];
        };
        /**
         * @description A street's map: a GeoJSON FeatureCollection, with what is said of the version beside it. The `ETag` of the answer is what a new version
         *     names in `If-Match`: the number of the last one, whichever is shown.
         */
        AreaMapDto: {
            /** @description The system of the numbers. */
            coordinates_in: string;
            features: components["schemas"]["AreaFeatureDto"][];
            name?: string | null;
            street: string;
            /** @description `FeatureCollection`. */
            type: string;
            /** Format: date */
            valid_from?: string | null;
            /**
             * Format: int64
             * @description Which version is shown; 0: none holds on that day.
             */
            version: number;
            /** @description The last one made comes first; 50 at most. */
            versions: components["schemas"]["MapVersionDto"][];
        };
        /** @description A FeatureCollection as it comes: what GeoJSON allows beside it is passed over. */
        AreaMapIn: {
            features: components["schemas"]["AreaFeatureIn"][];
            /** @description `FeatureCollection`. */
            type: string;
        };
        /** @description What an outline is of. */
        AreaPropertiesDto: {
            /** @description The 20 digits of CJ/T 349. */
            alias?: string | null;
            /** Format: double */
            area_m2: number;
            /** @description 9, 12 or 15 digits. */
            code: string;
            /** @description `street`, `community`, `grid`. */
            level: string;
            /** @description As the register calls it. */
            name: string;
        };
        /** @description What an outline is of, as it comes. */
        AreaPropertiesIn: {
            /** @description The 20 digits of CJ/T 349, of a grid. */
            alias?: string | null;
            /** @description 9, 12 or 15 digits, as text or number. */
            code: string;
            /** @description Needed for an area that is not on file yet; of others the register's name holds. */
            name?: string | null;
        };
        /** @description The caller's areas. */
        AreasDto: {
            /** @description By code: what holds others stands before them. */
            items: components["schemas"]["AreaDto"][];
        };
        /** @description Whom to send. */
        AssignIn: {
            /**
             * Format: int32
             * @description Travel time, seconds; reckoned from where they are when left out.
             */
            eta_s?: number | null;
            responder_id: string;
        };
        /** @description Somebody who said yes. */
        AssignmentDto: {
            /** Format: date-time */
            at: string;
            /** @description Says to be with the elder; nothing bears it out yet. */
            claimed: boolean;
            /** Format: date-time */
            eta_at?: string | null;
            key_holder: boolean;
            /** @description It was said that they will be late. */
            late_said: boolean;
            offer_id?: string | null;
            /** @description `provisional`, `lead`, `backup`, `stood_down`, `lost`. */
            place: string;
            responder_id: string;
            responder_name?: string | null;
            skilled: boolean;
            /** @description `accepted`, `en_route`, `arrived`, `inside`, `done`. */
            stage: string;
            tier: components["schemas"]["TierWord"];
        };
        /** @description Whether an elder is away. */
        AwayDto: {
            away: boolean;
            elder_id: string;
            /**
             * Format: date
             * @description The first day at home again: from then on silence is alarming by itself.
             */
            until?: string | null;
        };
        /** @description Where the elder stays, and until when. */
        AwayIn: {
            /** @description Where the elder is to be found meanwhile, to the room: an alarm must have a door. */
            address?: string | null;
            /** @description `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`. */
            crs?: string | null;
            /**
             * Format: double
             * @description Its door, where it is known.
             */
            lat?: number | null;
            /** Format: double */
            lon?: number | null;
            /**
             * Format: date
             * @description The first day at home again; null: back already. It must be said.
             */
            until?: string | null;
        };
        /** @description A base map of somebody else, as the configuration names it. */
        BaseMapDto: {
            /** @description Whose map it is. */
            attribution?: string | null;
            /** @description `wgs84`, `gcj02`, `bd09`: what is drawn on it is converted to this first. */
            crs: string;
            /** @description The review number of an approved map, to be shown with it. */
            review_number: string;
            /** @description Where its pictures are: `{z}`, `{x}` and `{y}` stand for zoom, column and row. */
            tiles_url: string;
            /** Format: int32 */
            zoom_max: number;
        };
        /** @description Whether a device is heard, as it is now. */
        BeatDto: {
            /** Format: date-time */
            heard_at?: string | null;
            /** @description `sos_button`, `watch`, `smoke`, … */
            kind: string;
            /** @description Where it hangs. */
            place?: string | null;
            /** @description `here`, `late`, `silent`, `never`, `not_awaited`, as of an elder's devices. */
            presence: string;
        };
        /** @description Who is expected. */
        BeginIn: {
            /** @description Whose turn it is next, where a rota says so. Another may come all the same. */
            to?: string | null;
        };
        /** @description Whose it is to be. */
        BindDeviceIn: {
            elder_id: string;
            /** @description Where it hangs. */
            place?: string | null;
        };
        /** @description Whose the device is. */
        BindIn: {
            /** @description The serial number on its label; its number on the line when left out. */
            code?: string | null;
            /** @description `wgs84`, `gcj02`, `bd09`; left out: what is usual for its model or language is assumed, if anything is. */
            crs?: string | null;
            elder_id: string;
            /** @description `sos_button`, `pendant`, `watch`, …: as in the sheet of devices. */
            kind: string;
            /** @description Where it hangs. */
            place?: string | null;
            /** @description Whether the desk can speak with the elder through it. */
            voice_path?: boolean;
        };
        /** @description The address under which a calendar reads one's shifts, told once. */
        CalendarLinkDto: {
            link: string;
        };
        /** @description A call. It holds no number. */
        CallDto: {
            /** Format: date-time */
            answered_at?: string | null;
            /** Format: date-time */
            asked_at: string;
            /** @description `{type, id}`: the account that asked for it, or the system. */
            by: Record<string, never>;
            /** @description `{type, id}`: elder, contact, responder. */
            callee: Record<string, never>;
            case_id: string;
            desk?: string | null;
            /**
             * Format: date-time
             * @description Since when they are on hold.
             */
            held_at?: string | null;
            /** @description They have been on hold for too long. */
            held_long: boolean;
            id: string;
            /** @description Of an automatic call: the keys that were pressed. */
            keys?: string;
            /** @description "Fine" by a key where a key ends nothing: a person has to hear them. */
            marked: boolean;
            /**
             * @description Why it is over, a stable word: `completed`, `hung_up`, `taken`, `too_long`, `no_answer`, `busy`, `rejected`, `unreachable`,
             *     `bad_number`, `desk_no_answer`, `refused`, `unavailable`, `lost`.
             */
            over?: string | null;
            /** Format: date-time */
            over_at?: string | null;
            /** @description `desk`: somebody at a desk speaks with them; `check`: a voice asks for a key. */
            purpose: string;
            /** @description There is a recording, and `…/recording` says where. */
            recorded: boolean;
            /** Format: date-time */
            ringing_at?: string | null;
            /** @description `asked`, `ringing`, `answered`, `held`, `ended`, `failed`. */
            state: string;
            /** @description What the case was told of it, a word of `voice_result`. */
            told?: string | null;
        };
        /** @description Whom to call, and from where. */
        CallIn: {
            /** @description `elder_…`, `contact_…` or `resp_…`; the elder of the case when left out. */
            callee?: string | null;
            /** @description The desk's own telephone, which rings first; one of those of `GET /api/v1/telephony`. */
            desk: string;
            /** @description Which of their numbers, from 0. */
            number?: number;
        };
        /** @description A telephone call that goes on. */
        CallNow: {
            /** @description Which. */
            call: string;
            /** @description Of which case. */
            case: string;
            /** @description They have been on hold for too long. */
            held_long: boolean;
            /** @description `desk`: somebody at a desk speaks with them; `check`: a voice asks for a key. */
            purpose: string;
            /** @description `asked`, `ringing`, `answered`, `held`. */
            state: string;
        };
        /** @description Who was at the door first, in one case. */
        CameDto: {
            case_id: string;
            kind: string;
            /**
             * Format: int32
             * @description From the alarm to the door, whole minutes, rounded up.
             */
            minutes?: number | null;
            /** Format: date-time */
            opened_at: string;
            /** @description What they are: `family`, `grid_worker`, …; absent: nobody came to the door. */
            role?: string | null;
        };
        /** @description Tries, what is to come first and then the last. */
        CanariesDto: {
            items: components["schemas"]["CanaryDto"][];
            /** @description The streets of the caller's areas that are tried; of others the configuration names nobody. */
            streets: string[];
        };
        /** @description One try of one way for one street. */
        CanaryDto: {
            area_code: string;
            area_name?: string | null;
            /** Format: date-time */
            began_at?: string | null;
            /** @description The carrier, as the configuration names it. */
            channel: string;
            /** Format: date-time */
            due_at: string;
            id: string;
            /** @description What was sent; gone after the time for which letters are kept. */
            letters: components["schemas"]["CanaryLetterDto"][];
            /** @description The month, `2026-12`; `hand` and when: somebody asked for it. */
            run: string;
            /** @description `waiting` (until `due_at`), `sending`, `sent` (to be confirmed by `due_at`), `confirmed`, `failed` (at `due_at`). */
            state: string;
            /** @description Why it failed, in stable words: `not confirmed`, or what the provider said. */
            why?: string | null;
        };
        /** @description Which street. */
        CanaryIn: {
            /** @description The code of a street, 9 digits. */
            area_code: string;
        };
        /** @description To whom it went, and what came of it. */
        CanaryLetterDto: {
            /** Format: date-time */
            received_at?: string | null;
            /** @description `handed` (on its way), `taken` (the provider has it), `received`, `failed`. */
            state: string;
            /** @description `user_…`, `resp_…`; `desk`: the carrier's own address, as a robot's group. */
            to: string;
            why?: string | null;
        };
        /** @description Why a request comes to nothing. */
        CancelIn: {
            /** @description `not_wanted`, `otherwise` (they have it from somebody else), `no_station`, `mistake`. */
            reason: string;
        };
        /** @description What came of a message. */
        CapTaken: {
            /**
             * @description `warned` (cases were opened or gone on with), `ended`, `nobody_inside`, `not_real` (an exercise or a test), `no_warning` (an
             *     answer), `kept` (just started: it is done as soon as the register has been read), `expired`, `older` (a later message holds), `cancelled_before`, `nothing_open`.
             */
            result: string;
        };
        /** @description One elder on paper. */
        CardDto: components["schemas"]["ElderBrief"] & {
            area_name?: string | null;
            code: string;
            /** @description In the order in which they are called. */
            contacts: components["schemas"]["ContactPhonesDto"][];
            door?: components["schemas"]["DoorDto"] | null;
            keys: components["schemas"]["KeyDto"][];
            /** @description `oxygen`, `ventilator`, `dialysis`. */
            life_support: string[];
            /** @description Best first. */
            phones: string[];
        };
        /** @description Somebody who may be called. */
        CardPersonDto: {
            /** @description Where they work. */
            areas: string[];
            /** @description `grid_worker`, `community_doctor` and so on. */
            kind: string;
            name: string;
            /** @description At work when the pack was made. */
            on_duty: boolean;
            phones: string[];
        };
        /** @description A case as its viewer may see it. What is absent is not theirs, or does not exist. */
        CaseDto: {
            /**
             * Format: int32
             * @description How many alerts are in it.
             */
            alerts: number;
            /** @description Where it belongs, at most to the community before acceptance. */
            area_code: string;
            area_name?: string | null;
            assignments: components["schemas"]["AssignmentDto"][];
            /** @description That came by a key in an automatic call; nobody has heard a voice, and it proves none. */
            by_key?: boolean;
            /** Format: date-time */
            closed_at?: string | null;
            /** @description Somebody was with the elder. */
            contact: boolean;
            /**
             * Format: date-time
             * @description When somebody must be at the door.
             */
            door_by?: string | null;
            /** @description Nobody was at the door in time. */
            door_late: boolean;
            /** @description An exercise. */
            drill: boolean;
            elder?: components["schemas"]["ElderBrief"] | null;
            /** @description What the family has said on their page, oldest first: marks only. */
            family?: components["schemas"]["FamilyMarkDto"][];
            /** @description The follow-up that its closing has opened. */
            follow_up?: string | null;
            /** @description What a follow-up or a welfare review has found: `well`, `needs_service`, `needs_help`, `declined`. */
            found?: string | null;
            household?: components["schemas"]["HouseholdBrief"] | null;
            id: string;
            /** @description Who was with the elder in that case when this one began: they were called. */
            inside?: string[];
            kind: string;
            lane: components["schemas"]["LaneWord"];
            /** @description Its first alert came late. */
            late: boolean;
            /** @description The earlier case that it continues. */
            linked?: string | null;
            /**
             * Format: date-time
             * @description When something is due next: of the case for a desk, of the viewer for a responder.
             */
            next_due_at?: string | null;
            /** @description What is due then. */
            next_due_kind?: string | null;
            /** @description Nobody opened. */
            no_entry: boolean;
            /** @description For people: `20260301-120114001-0007`. */
            number: string;
            offers: components["schemas"]["OfferDto"][];
            /** Format: date-time */
            opened_at: string;
            /** @description Where else to look: the last position is stale or vague, so that the door and the position both count. */
            other_places?: components["schemas"]["PlaceDto"][];
            outcome?: string | null;
            /** @description Two go inside together: who is first waits at the door and speaks with the elder. */
            pair?: boolean;
            /** @description Of a technical case: about which part of the subject, `{type, id}`: device, carrier. */
            part?: Record<string, never> | null;
            place?: components["schemas"]["PlaceDto"] | null;
            plan?: components["schemas"]["PlanDto"] | null;
            /** @description Of a technical case: what was the matter is over by itself, and whoever has it in hand closes it. */
            recovered?: boolean;
            referrals: components["schemas"]["ReferralDto"][];
            /**
             * Format: int32
             * @description How many times the desk was rung.
             */
            rounds: number;
            /** @description Of a follow-up: how satisfied somebody is with the help that came: `satisfied`, `mostly_satisfied`, `dissatisfied`. */
            satisfaction?: string | null;
            service?: components["schemas"]["ServiceDto"] | null;
            severity: components["schemas"]["SeverityWord"];
            state: components["schemas"]["StateWord"];
            /** @description `{type, id}`: elder, household, device, area, responder, unknown. */
            subject?: Record<string, never> | null;
            taken_by?: string | null;
            /**
             * Format: date-time
             * @description When the take lapses unless its holder does something about the case; absent when nobody holds it.
             */
            taken_until?: string | null;
            tier: components["schemas"]["TierWord"];
            /** @description The desk rings for it. */
            tone: boolean;
            /**
             * Format: int32
             * @description Of a follow-up or a welfare review: how often nobody was reached.
             */
            tries?: number;
            /**
             * Format: date-time
             * @description It came late with many others: when its people are asked by themselves. Until then only the desk rings.
             */
            turn_at?: string | null;
            /** @description Critical, and nobody touched it in time. */
            untouched: boolean;
            /**
             * Format: int32
             * @description How many records its log has.
             */
            version: number;
            voice?: string | null;
            /** @description Somebody can speak with the elder through the device. */
            voice_path: boolean;
            /** @description The device took an alert back: a mark only. */
            withdrawn: boolean;
        };
        /** @description The chain of a grid or a household. The `ETag` of the answer is what an edit names in `If-Match`. */
        ChainDto: {
            /** @description Who answers now, stand-ins and the grid's chain among them, the nearest post first. */
            answers: components["schemas"]["AnswersDto"][];
            /** @description The grid, or the grid of the household. */
            area_code: string;
            household_id?: string | null;
            /** @description What is filed for it itself; of a household none: the grid's holds. */
            links: components["schemas"]["LinkDto"][];
            /** @description Posts for which nobody answers now. */
            vacant: string[];
            /** Format: int64 */
            version: number;
        };
        /** @description The chain as it is to be. */
        ChainIn: {
            /** @description Each post once; none: it has no chain of its own any more. */
            links: components["schemas"]["LinkDto"][];
        };
        /** @description The chains of the caller's areas. */
        ChainsDto: {
            /** @description How many homes have one. */
            gap_count: number;
            /** @description Homes with a post for which nobody answers, by grid and address; at most 500 are named. */
            gaps: components["schemas"]["HouseholdGapDto"][];
            /** @description Every grid in which elders live, by code. */
            grids: components["schemas"]["GridChainDto"][];
            /** @description How many of them have no chain at all. */
            without_chain: number;
        };
        /** @description Another password for oneself. */
        ChangePassword: {
            current_password: string;
            /** @description 10 to 256 letters. */
            new_password: string;
        };
        /** @description One try of one way at one address. */
        ChannelTestDto: {
            /** Format: date-time */
            at: string;
            /** @description By what: a carrier as the configuration names it. */
            channel: string;
            id: string;
            /** Format: date-time */
            received_at?: string | null;
            /** @description `handed` (on its way), `taken` (the provider has it), `received` (it has arrived), `failed`. */
            state: string;
            /** @description Why it failed, in stable words. */
            why?: string | null;
        };
        /** @description Tries, the last first. */
        ChannelTestsDto: {
            items: components["schemas"]["ChannelTestDto"][];
        };
        /** @description One elder of a round of checks. */
        CheckDto: {
            /** @description All of them are heard again. */
            back: boolean;
            checked?: components["schemas"]["CheckedDto"] | null;
            /** @description How many of their devices and of those of their home went dark; of a warning 0. */
            devices: number;
            elder: components["schemas"]["ElderBrief"];
            /**
             * Format: date-time
             * @description When the first of these was last heard before; of a warning, when the message that holds was sent.
             */
            heard_at: string;
            /** @description What of theirs needs current: `oxygen`, `ventilator`, `dialysis`. */
            life_support: string[];
            place?: components["schemas"]["PlaceDto"] | null;
        };
        /** @description How somebody of a round was. */
        CheckIn: {
            /** @description `well`, `not_reached` (somebody looks again), or `needs_help`: that calls for help in their name at once. */
            result: string;
        };
        /** @description What came of it. */
        CheckKeptDto: {
            checked: components["schemas"]["CheckedDto"];
            reported?: components["schemas"]["ReportedDto"] | null;
        };
        /** @description Somebody of the round was looked after: the last look. */
        CheckedDto: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description `well`, `not_reached`, `needs_help`. */
            result: string;
            /** @description How often somebody has tried, this time counted. */
            tries: number;
            /** @description Whose account that is; none: there is none any more. */
            username?: string | null;
        };
        /** @description What was looked at, and saved when it was to be. */
        CheckedMapDto: {
            /** @description What is wrong, 500 at most: it cannot be saved while there is anything. */
            findings: components["schemas"]["FindingDto"][];
            /** @description How many more there are. */
            findings_left_out: number;
            homes: components["schemas"]["HomesOnMapDto"];
            /** @description Areas that come on file with it. */
            new_areas: string[];
            /** @description It is a version now; else it was only looked at. */
            saved: boolean;
            /**
             * Format: date
             * @description The day from which it holds.
             */
            valid_from: string;
            /**
             * Format: int64
             * @description Its number, when it is one.
             */
            version?: number | null;
        };
        /** @description How the family wishes to be told. */
        ChoicesDto: {
            /** @description Somebody else is called for what is critical, so that this contact need not be. */
            another_is_called: boolean;
            choices: components["schemas"]["FamilyChoicesDto"];
            /** @description Families are told by something: a carrier, or a gateway that is connected. What is told to them follows these choices. */
            gateway: boolean;
        };
        /** @description Who can be there in time, the nearest first. */
        CircleReachDto: {
            reached: components["schemas"]["ReachedDto"][];
            /** @description Roads are loaded; else everything is a stated guess from straight lines. */
            roads: boolean;
        };
        /** @description From where, how far, and who. */
        CircleReachIn: {
            /** @description `wgs84`, `gcj02`, `bd09`. */
            crs: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /**
             * Format: int32
             * @description 1 to 60.
             */
            minutes: number;
            /** @description Only those who travel so: `walk`, `ebike`, `car`. */
            mode?: string | null;
            tier?: components["schemas"]["TierWord"] | null;
        };
        /** @description What a client says: the hello first; after it a desk says which case it has open, and nobody says anything else. */
        ClientFrame: {
            /** @description The last cursor that they saw; null or absent: they want a snapshot. */
            cursor?: string | null;
            /** @description The access token. It goes here and into no address, where logs would keep it. */
            token: string;
            /** @enum {string} */
            type: "hello";
        } | {
            /** @description None: none. */
            case?: string | null;
            /** @enum {string} */
            type: "looking";
        };
        /** @description How it ended, and what proves it. */
        CloseIn: {
            /** @description The outcome of the resolution when left out. */
            outcome?: string | null;
            proof: components["schemas"]["ProofIn"];
        };
        /** @description Somebody at a desk whose areas and the caller's meet. */
        ColleagueDto: {
            /** @description `dispatcher`, `duty_leader`, `admin`, `auditor`. */
            role: string;
            user_id: string;
            username: string;
        };
        /** @description Somebody who is on the way or there. */
        ComingDto: components["schemas"]["WhoDto"] & {
            /**
             * Format: date-time
             * @description When they will be at the door, as far as that is known.
             */
            eta_at?: string | null;
            /** @description They lead; the others stand by. */
            lead: boolean;
            /** @description `accepted`, `en_route`, `arrived`, `inside`, `done`. */
            stage: string;
        };
        /** @description What a command answers. */
        CommandDto: {
            case?: components["schemas"]["CaseDto"] | null;
        };
        /** @description Somebody who may go along to where nobody goes alone. */
        CompanionDto: {
            name: string;
            responder_id: string;
        };
        /** @description What the elder agreed to. */
        ConsentDto: {
            /** Format: date */
            given_on: string;
            /** @description It holds today. */
            holds: boolean;
            /** @description `health`, `location`, `keys`, `forced_entry`, `recording`, `indoor_photos`, `provider_sharing`. */
            purpose: string;
            /** @description Which wording was signed. */
            version: string;
            /** Format: date */
            withdrawn_on?: string | null;
        };
        /** @description One consent: given, given anew, or taken back. */
        ConsentIn: {
            /** Format: date */
            given_on: string;
            /** @description `health`, `location`, `keys`, `forced_entry`, `recording`, `indoor_photos`, `provider_sharing`. */
            purpose: string;
            /** @description Which wording was signed. */
            version: string;
            /**
             * Format: date
             * @description The day from which it does not hold any more.
             */
            withdrawn_on?: string | null;
        };
        /** @description A relative, neighbour or key holder. Telephones are sealed. */
        ContactDto: {
            /** Format: int32 */
            call_order: number;
            id: string;
            name: string;
            relation: string;
            /** @description Hears nothing, is never asked, and proves nothing. */
            restricted: boolean;
        };
        /** @description What is edited of a contact. What is left out is taken off the file. */
        ContactIn: {
            /**
             * Format: int32
             * @description 1 is called first.
             */
            call_order: number;
            hours?: components["schemas"]["HoursDto"] | null;
            /** @description `status`, `history`, `health`: how much they are told, as the elder has chosen. */
            level: string;
            /**
             * @description `spouse`, `child`, `grandchild`, `sibling`, `relative`, `neighbour`, `friend`, `carer`, `guardian`, … A guardian
             *     answers for the elder, and is asked first.
             */
            relation: string;
        };
        /** @description Where a contact can be reached. */
        ContactPhonesDto: {
            contact_id: string;
            name: string;
            /** @description Best first. */
            phones: string[];
            relation: string;
        };
        /** @description A contact in the file. Telephones are sealed: whether one is on file is said, and no digit of it. */
        ContactRecordDto: {
            contact: components["schemas"]["ContactIn"];
            /** @description Answers for the elder by law or in advance. */
            guardian: boolean;
            id: string;
            name: string;
            /** @description Hears nothing, is never asked, and proves nothing. */
            restricted: boolean;
            /** @description A telephone is on file. */
            telephone: boolean;
            /**
             * Format: int64
             * @description Rises with each change; an edit names it in `If-Match`.
             */
            version: number;
        };
        /** @description So many of a kind. */
        CountDto: {
            /** Format: int32 */
            count: number;
            /** @description As of cases: `sos`, `fall`, `low_battery`, …; `check` where the kind itself would tell of health. */
            kind: string;
        };
        /** @description How a scope is covered. */
        CoverageDto: {
            /** Format: date-time */
            as_of: string;
            /** @description GeoJSON: squares in which homes are out of reach, each with the count of its `homes`. */
            cells: Record<string, never>;
            /** @description Grids in which somebody lives, by code. */
            grids: components["schemas"]["GridCoverDto"][];
            /** @description Homes in the scope with a known door. */
            homes: number;
            /** Format: int32 */
            minutes: number;
            /** @description Of these: nobody who is free can be there in time. */
            uncovered: number;
        };
        /** @description How far a month has come in one grid, or in all of them. */
        CoverageSumDto: {
            area_code: string;
            area_name?: string | null;
            by_code: number;
            by_phone: number;
            by_photo: number;
            by_position: number;
            /** @description Elders of today's register who are looked in on in some rhythm. */
            elders: number;
            late: number;
            /** @description Days on which a visit was due and had not taken place. */
            missed: number;
            /** @description Those of them by the day on which they were due. */
            on_time: number;
            /** @description Of the tries: those whose proof says another place. */
            proof_fails: number;
            /**
             * Format: int32
             * @description `visited` of `elders`, in hundredths of a percent; absent: there are none.
             */
            rate_bp?: number | null;
            /** @description Tries that do not count: nobody was met, or the place is not proved. */
            tries: number;
            /** @description Those of them with at least one visit in the month that counts. */
            visited: number;
            /** @description Visits that count. */
            visits: number;
        };
        /** @description What was cut. */
        CutDto: {
            /** @description The largest first; together they are the whole. */
            parts: components["schemas"]["CutPartDto"][];
        };
        /** @description A line through an outline. */
        CutIn: {
            /** @description The rings of the polygon. */
            coordinates: number[][][];
            /** @description `wgs84`, `gcj02`, `bd09`. */
            crs: string;
            /** @description The corners of the line: from edge to edge, it may begin and end outside. */
            line: number[][];
        };
        /** @description A part of what was cut. */
        CutPartDto: {
            /** Format: double */
            area_m2: number;
            geometry: components["schemas"]["PolygonDto"];
        };
        /** @description A no. */
        DeclineIn: {
            /** @description `busy`, `too_far`, `not_able`, `off_duty`. */
            reason: string;
        };
        /** @description What to do with the alarms that are found. */
        DecodeIn: {
            /** @description Report them to the desk as alerts that happened when the bytes came. */
            report?: boolean;
        };
        /** @description What was kept aside, read with what can be read today. */
        DecodedDto: {
            device?: components["schemas"]["FiledDto"] | null;
            /** @description What each frame says, in their order. */
            frames: components["schemas"]["FrameDto"][];
            /** @description The bytes in hexadecimal digits, at most 4,096 of them; empty where none were kept. */
            hex: string;
            /** @description How the device names itself. */
            number?: string | null;
            /** @description `watch`, `gt06`, `jt808`, `h02`, `eelink`, `minifinder`, `eview`, `trv`, `blue`, `gator`, `queclink`, `gotop`, `gps103`, `pt502`, `taip`, `tk103`, `topin`, `mqtt`, `scaip`; `onenet`, `ctwing`, `huawei`, `tencent`. */
            protocol?: string | null;
            /** @description Whether they came by a way whose messages can be read again: a line, a broker, SCAIP, or a cloud that has proved itself. */
            readable: boolean;
            /** @description The same as text, where they are text. */
            text?: string | null;
        };
        /** @description A desk's own telephone. */
        DeskPhoneDto: {
            extension: string;
            /** @description What stands on the desk. */
            name: string;
        };
        /** @description A device. Its key is shown to nobody. */
        DeviceDto: {
            /** @description The grid of the home; absent: nobody's. */
            area_code?: string | null;
            /** @description At that charge it is low. */
            battery_low: boolean;
            /**
             * Format: int32
             * @description Charge, percent.
             */
            battery_percent?: number | null;
            /**
             * Format: int64
             * @description How often it says something while it lives, seconds; absent: nobody waits for it.
             */
            beat_s?: number | null;
            carrier?: string | null;
            /** @description The serial number on its label. */
            code: string;
            /** @description What its coordinates are, by its file. */
            crs?: string | null;
            /** @description What they are taken for because its file does not say it; neither: they stay unresolved. */
            crs_assumed?: string | null;
            /** @description Whose it is; neither: nobody's. */
            elder_id?: string | null;
            /** @description Their name. */
            elder_name?: string | null;
            /**
             * Format: date-time
             * @description When it last said anything.
             */
            heard_at?: string | null;
            household_id?: string | null;
            id: string;
            /** @description Its alerts ring. */
            in_service: boolean;
            /** @description `sos_button`, `watch`, `smoke`, … */
            kind: string;
            model?: string | null;
            number?: string | null;
            /** @description Where it hangs. */
            place?: string | null;
            /** @description `here`, `late` (a beat missed), `silent` (two missed), `never` heard, `not_awaited`. */
            presence: string;
            /** @description The language of its line, and how it names itself there. */
            protocol?: string | null;
            /**
             * Format: int32
             * @description Strength of its network, percent.
             */
            signal_percent?: number | null;
            /**
             * Format: date-time
             * @description Somebody tests it: until then what it says rings nobody.
             */
            test_until?: string | null;
            /** @description The elder can be heard through it. */
            voice_path: boolean;
        };
        /** @description What somebody has done with a device. */
        DeviceEventDto: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description Whose it became, or had been. */
            elder_id?: string | null;
            household_id?: string | null;
            /** @description The device that replaces it, or that it replaces. */
            other_id?: string | null;
            /** @description `broken`, `lost`, `returned`, `left`, `mistake`, `other`. */
            reason?: string | null;
            /** Format: date-time */
            until?: string | null;
            /**
             * @description `filed`, `bound`, `unbound`, `replaced_by`, `replaces`, `test_begun`, `test_ended`. A test that ends by itself has no line: `until`
             *     of its beginning says when.
             */
            what: string;
        };
        /** @description A device that was filed or bound, and what should be seen to. */
        DeviceFiledDto: components["schemas"]["DeviceDto"] & {
            /**
             * @description `crs_missing`: it is worn and its file names no reference system, so its places are taken for what is usual (`crs_assumed`), or
             *     stay unresolved.
             */
            warnings?: string[];
        };
        /** @description A device as it is entered. */
        DeviceIn: {
            /**
             * Format: int32
             * @description How often it says something while it lives, seconds; 0: nobody waits for it; left out: as its model or language has it.
             */
            beat_s?: number | null;
            /** @description `mobile`, `unicom`, `telecom`, `broadnet`, `home`, `other`. */
            carrier?: string | null;
            /** @description The serial number under which it is filed; the IMEI of the label when left out. */
            code?: string | null;
            /** @description `wgs84`, `gcj02`, `bd09`; left out: what is usual for its model or language is assumed, if anything is. */
            crs?: string | null;
            /** @description `sos_button`, `watch`, `smoke`, …; left out where it replaces another: as that one. */
            kind?: string | null;
            /** @description What stands on its label: a bare IMEI, or what a scanner has read of its QR code. */
            label?: string | null;
            model?: string | null;
            /** @description How it names itself there; left out: what its language makes of the IMEI. */
            number?: string | null;
            /** @description Where it hangs; left out where it replaces another: where that one hung. */
            place?: string | null;
            /** @description The language of its line; left out: it comes by HTTP, or by a cloud under its code. */
            protocol?: string | null;
            /** @description Whether the desk can speak with the elder through it. */
            voice_path?: boolean;
        };
        /** @description The devices. */
        DevicesDto: {
            /** @description Of these: speak by themselves and have been heard, so that somebody waits for them. */
            awaited?: number;
            /**
             * Format: int32
             * @description Open technical cases: battery, link, power, tampering.
             */
            faults: number;
            /** @description Of these: sent an alert that belongs to a case of the last 24 hours. */
            heard_24h: number;
            /** @description In service, and of an elder or a home of the area. */
            in_service: number;
            /**
             * Format: double
             * @description Of those that are awaited, so many of a hundred are there: heard within two beats and a minute. Absent where none is: that
             *     nothing was heard of a button is no proof that it works.
             */
            online_percent?: number | null;
        };
        /** @description The district. */
        DistrictDto: {
            /** Format: date-time */
            as_of: string;
            /** @description The newest first: of the last 24 hours, and all that wait. */
            handups: components["schemas"]["HandupDto"][];
            /** @description By name; those that were shut out are not here. */
            streets: components["schemas"]["StreetDto"][];
            /**
             * Format: int32
             * @description The district's own clocks: minutes that they are ahead of UTC.
             */
            utc_offset_min: number;
        };
        /** @description How one gets through the door. */
        DoorDto: {
            door_code?: string | null;
            key_box?: string | null;
            remarks?: string | null;
        };
        /** @description A look that is due. */
        DueDto: {
            /** Format: date-time */
            due_at: string;
            /** @description `no_activity`, `out_of_bed`. */
            rule: string;
            /** Format: date-time */
            since: string;
        };
        /** @description The duty that holds. */
        DutyDto: {
            on: boolean;
            /**
             * Format: date-time
             * @description The instant of the last change.
             */
            since: string;
        };
        /** @description The gaps of the caller's grids. */
        DutyGapsDto: {
            /** Format: date-time */
            from: string;
            /** @description Every grid in which elders live, by code. */
            grids: components["schemas"]["GridDutyDto"][];
            /** @description Codes of grids that have nobody at work now. */
            nobody_now: string[];
            /** Format: date-time */
            until: string;
        };
        /** @description At work or not. */
        DutyIn: {
            on: boolean;
        };
        /** @description One shift. */
        DutyShiftDto: {
            /** Format: date-time */
            from: string;
            responder_id: string;
            /** @description Whose place it is in. */
            stands_in_for?: string | null;
            /** Format: date-time */
            until: string;
        };
        /** @description The rota of some days. */
        DutyShiftsDto: {
            /** Format: date-time */
            from: string;
            /** @description Shifts that touch these days, of those who work in the caller's areas, by their beginning. */
            items: components["schemas"]["DutyShiftDto"][];
            /** Format: date-time */
            until: string;
        };
        /** @description The elder, as far as a case shows one. */
        ElderBrief: {
            /** @description Where the elder is to be found: the present address of somebody who is away. */
            address: string;
            /** Format: int32 */
            age?: number | null;
            /** @description How one asks the elder: `voice`, `text`, `device_keys`, `door_only`. */
            contact_mode: string;
            dialect?: string | null;
            /** @description `good`, `hard`, `deaf`. */
            hearing: string;
            id: string;
            /**
             * Format: int32
             * @description How many people it takes to lift the elder.
             */
            lift_helpers: number;
            name: string;
            /** @description How the elder's street shows them: colour, word and shape, in the same order. */
            need_labels?: components["schemas"]["NeedLabelDto"][];
            /** @description Stable words; a street gives each its colour. */
            needs: string[];
        };
        /** @description A device of an elder or of their home, as the register knows it. */
        ElderDeviceDto: {
            /** @description At that charge it is low. */
            battery_low?: boolean;
            /**
             * Format: int32
             * @description Charge, percent.
             */
            battery_percent?: number | null;
            /** @description The serial number on its label. */
            code: string;
            /**
             * Format: date-time
             * @description When it last said anything.
             */
            heard_at?: string | null;
            id: string;
            /** @description Its alerts ring. */
            in_service: boolean;
            /** @description `sos_button`, `watch`, `smoke`, … */
            kind: string;
            /**
             * Format: date-time
             * @description When its last alert about the elder or their home came; absent: none did.
             */
            last_alert_at?: string | null;
            /** @description Where it hangs. */
            place?: string | null;
            /**
             * @description Whether it is there: `here`, `late` (a beat missed), `silent` (two missed), `never` heard, `not_awaited` (it says nothing by
             *     itself, so that nothing follows from its silence).
             */
            presence: string;
            /**
             * Format: int32
             * @description Strength of its network, percent.
             */
            signal_percent?: number | null;
            /** @description The elder can be heard through it. */
            voice_path: boolean;
        };
        /** @description An elder in a list. What is sealed is not here. */
        ElderDto: components["schemas"]["ElderBrief"] & {
            /** @description The grid of the home. */
            area_code: string;
            /** @description The street's own number. */
            code: string;
            home?: components["schemas"]["PlaceDto"] | null;
            household_id: string;
            /** @description `active`, `moved_away`, `deceased`. */
            status: string;
        };
        /** @description One elder, with contacts in call order. */
        ElderFileDto: components["schemas"]["ElderDto"] & {
            contacts: components["schemas"]["ContactDto"][];
            /** @description Their devices and those of their home. */
            devices: components["schemas"]["ElderDeviceDto"][];
            /** @description How many people hold a key. */
            key_holders: number;
            /** @description Who they are. */
            keys?: components["schemas"]["KeyDto"][];
        };
        /**
         * @description What of a file is edited here. A move to another grid, new contacts and what is sealed come with their sheets; what a contact is to the
         *     elder, when and in which order they are called is edited at `…/contacts/{rid}`; what is signed for at `…/rest`, `…/consents` and
         *     `…/ability`.
         */
        ElderFileIn: {
            /** @description Of the home, to the room. */
            address: string;
            /** Format: date */
            born?: string | null;
            /** @description `voice`, `text`, `device_keys`, `door_only`. */
            contact_mode: string;
            /** @description `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`. */
            crs?: string | null;
            dialect?: string | null;
            /** @description `good`, `hard`, `deaf`. */
            hearing: string;
            /** Format: double */
            lat?: number | null;
            /** @description `oxygen`, `ventilator`, `dialysis`. */
            life_support?: string[];
            /**
             * Format: int32
             * @description 1 to 4.
             */
            lift_helpers: number;
            /** Format: double */
            lon?: number | null;
            name: string;
            /** @description At least one. `away` is said with its address and day of return (`/elders/{id}/away`), and stays as it is here. */
            needs: string[];
        };
        /** @description A file. The `ETag` of the answer is what an edit names in `If-Match`. */
        ElderRecordDto: {
            ability?: components["schemas"]["AbilityDto"] | null;
            area_code: string;
            area_name?: string | null;
            code: string;
            consents: components["schemas"]["ConsentDto"][];
            /** @description In the order in which they are called; restricted ones last. */
            contacts: components["schemas"]["ContactRecordDto"][];
            file: components["schemas"]["ElderFileIn"];
            household_id: string;
            /** @description How many people of the home are on file. */
            household_members: number;
            id: string;
            left?: components["schemas"]["LeftDto"] | null;
            reassess?: components["schemas"]["FallsDto"] | null;
            /** @description What is sealed and on file: `identity`, `phones`, `access`, `health`. */
            sealed: string[];
            /** @description `active`, `moved_away`, `deceased`. */
            status: string;
            stays?: components["schemas"]["StaysDto"] | null;
            /**
             * @description Of an elder at high risk of whose family nobody could be called for what is critical: why. The street owes them a contact with a
             *     telephone that may ring.
             */
            uncalled?: string | null;
            /**
             * Format: int64
             * @description Rises with each change.
             */
            version: number;
        };
        /** @description How it ends. */
        EndTestIn: {
            /** @description Somebody has pressed in earnest: help is called for whoever has the device. */
            needs_help?: boolean;
        };
        /** @description The checklist of a forced entry. */
        EntryDto: {
            basis?: string | null;
            /** @description The elder has agreed in their file; of a household: everybody who lives there. */
            consent_on_file: boolean;
            custody?: string | null;
            holders: components["schemas"]["HolderDto"][];
            /** @description Contacts who may agree to it, in call order; a restricted one never. */
            may_agree: components["schemas"]["MayAgreeDto"][];
            means?: string | null;
            /**
             * @description What is to be done next, in order: `consent`, `keys`, `called` (110 or 119), `witnesses` (two), `photo_before`; once it is open
             *     `photo_after`, `secured`.
             */
            next: string[];
            /** Format: date-time */
            opened_at?: string | null;
            /** Format: int32 */
            photos_after: number;
            /** Format: int32 */
            photos_before: number;
            /** Format: date-time */
            secured_at?: string | null;
            /** @description It was forced and is not secured: the case does not close. */
            stands_open: boolean;
            witnesses: components["schemas"]["WitnessDto"][];
        };
        /** @description A step. */
        EntryIn: {
            /** @description `on_file`, `elder`, `family` (with `contact_id`), `police`, `danger` (with `words`). */
            basis: string;
            contact_id?: string | null;
            /** @enum {string} */
            step: "consent";
            /** @description Who said so and how, or why nobody could be asked. Sealed. */
            words?: string | null;
        } | {
            holder: components["schemas"]["HolderIn"];
            /** @description `coming`, `no_answer`, `cannot`, `does_not_open`. */
            outcome: string;
            /** @enum {string} */
            step: "key";
        } | {
            /** @description `police`, `fire`, `community`, `family`, `neighbour`, `property`. */
            kind: string;
            responder_id?: string | null;
            /** @enum {string} */
            step: "witness";
            /** @description Name and number, of whoever is no responder. Sealed. */
            words?: string | null;
        } | {
            /** @description `key`, `inside`, `locksmith`, `window`, `force`. */
            means: string;
            /** @description Why steps were left out; wanted where any were. Sealed. */
            reason?: string | null;
            /** @enum {string} */
            step: "opened";
        } | {
            /** @description `elder`, `family`, `police`, `community`. */
            custody: string;
            /** @enum {string} */
            step: "secured";
            /** @description How, or why there is no photo. Sealed. */
            words?: string | null;
        };
        /** @description Up to which tier. */
        EscalateIn: {
            to?: components["schemas"]["TierWord"] | null;
        };
        /** @description How far it still is. */
        EtaIn: {
            /**
             * Format: int32
             * @description Travel time from here, seconds; reckoned from the last position when left out.
             */
            eta_s?: number | null;
        };
        /** @description One record of a log, with the names of its fields as they are stored. */
        EventDto: Record<string, never> & {
            /** Format: date-time */
            at: string;
            /** @description `{type, id}`: system, device, user, responder. */
            by: Record<string, never>;
            /**
             * Format: date-time
             * @description When it was done, by the word of a phone that could not say so at once.
             */
            done_at?: string | null;
            /** @description SHA-256 over the hash before and the stored bytes, hex. What was decided together is stored, and hashed, as one. */
            hash?: string | null;
            /**
             * Format: int64
             * @description Its number in the case, from 1.
             */
            version: number;
        };
        /** @description A page of a log. */
        EventsDto: {
            items: components["schemas"]["EventDto"][];
            /**
             * Format: int64
             * @description The `after` of the next page; null: this is the last one.
             */
            next?: number | null;
        };
        /** @description Falls of late that propose a new assessment. */
        FallsDto: {
            /** @description How many cases of a fall within 30 days, false alarms and exercises not counted. */
            falls: number;
            /**
             * Format: date-time
             * @description When the last of them was.
             */
            last_at: string;
        };
        /** @description Why. */
        FalseAlarmIn: {
            /** @description `mis_press`, `went_out`, `cleaning`, `cooking`, `test`, `device_fault`. */
            reason: string;
        };
        /** @description A case as the family sees it. */
        FamilyCaseDto: {
            /** Format: date-time */
            closed_at?: string | null;
            /** @description Who leads first. */
            coming: components["schemas"]["ComingDto"][];
            /** @description Somebody was with the elder. */
            contact: boolean;
            id: string;
            /** @description `sos`, `fall`, …; `check` where the kind itself would tell of health. */
            kind: string;
            /** @description Oldest first. */
            lines: components["schemas"]["LineDto"][];
            /** @description Nobody opened. */
            no_entry: boolean;
            /** Format: date-time */
            opened_at: string;
            outcome?: string | null;
            /** @description What whoever looks has said: `seen`, `going`, `false_alarm`, `urge`. */
            said: string[];
            state: components["schemas"]["StateWord"];
            urge?: components["schemas"]["UrgeDto"] | null;
            /** @description What the elder said last. */
            voice?: string | null;
        };
        /** @description How a contact wishes to be told: the schema of [`crate::people::FamilyChoices`]. */
        FamilyChoicesDto: {
            /** @description Of what is critical; quiet hours do not count. */
            critical: components["schemas"]["ToldByDto"];
            quiet?: components["schemas"]["QuietHoursDto"] | null;
            /** @description Of what is urgent. */
            urgent: components["schemas"]["ToldByDto"];
        };
        /** @description A contact, and how they look on. */
        FamilyContactDto: {
            contact_id: string;
            devices: components["schemas"]["FamilyDeviceDto"][];
            invite?: components["schemas"]["OpenInviteDto"] | null;
            /** @description `status`, `history`, `health`. */
            level: string;
            name: string;
            relation: string;
            /** @description A restricted contact is given no link. */
            restricted: boolean;
        };
        /** @description A device of whoever looks. */
        FamilyDeviceDto: {
            /** @description Stable words: `iphone`, `ipad`, `android`, `harmony`, `computer`, `other`; `wechat`. */
            about: string[];
            id: string;
            /** Format: date-time */
            made_at: string;
            /**
             * Format: date-time
             * @description To some minutes.
             */
            seen_at: string;
            /** @description The one that asks. */
            this: boolean;
        };
        /** @description The family of an elder. */
        FamilyDto: {
            /** @description In call order. */
            contacts: components["schemas"]["FamilyContactDto"][];
        };
        /** @description In which language a contact is told. */
        FamilyLanguageDto: {
            /** @description `zh-CN`, `en`. */
            language: string;
        };
        /** @description A word of the family. */
        FamilyMarkDto: {
            /** Format: date-time */
            at: string;
            /** @description For the desk. */
            name?: string | null;
            /** @description What the contact is to the elder; absent when there is no such contact any more. */
            relation?: string | null;
            /** @description `seen`, `going`, `false_alarm`; `urge`: they ask how it is getting on, and may say so more than once. */
            said: string;
        };
        /** @description Who looks, at whom, and what they may do. */
        FamilyMeDto: {
            /** @description Of the command centre. */
            centre_phone?: string | null;
            devices: components["schemas"]["FamilyDeviceDto"][];
            /** @description The elder's name. */
            elder: string;
            /** @description Of the elder. That it was shown is recorded. */
            elder_phone?: string | null;
            /** @description `zh-CN`, `en`: in which letters, messages and calls come; absent: not chosen yet. */
            language?: string | null;
            /** @description What the elder lets them know: `status`, `history`, `health`. */
            level: string;
            /** @description The contact's own name. */
            name: string;
            /** @description `spouse`, `child`, `grandchild`, `sibling`, `relative`, `neighbour`, `friend`, `carer`, `guardian`. */
            relation: string;
            /**
             * Format: int32
             * @description The street's own clocks: minutes that they are ahead of UTC.
             */
            utc_offset_min: number;
            wishes: components["schemas"]["ChoicesDto"];
        };
        /** @description A month in figures. */
        FamilySheetDto: {
            alarms: components["schemas"]["CountDto"][];
            beats: components["schemas"]["BeatDto"][];
            /** @description Oldest first. */
            came: components["schemas"]["CameDto"][];
            /**
             * Format: int32
             * @description Days of the month that are over or begun.
             */
            days: number;
            devices: components["schemas"]["CountDto"][];
            /** Format: int32 */
            false_alarms: number;
            /**
             * Format: int32
             * @description How often somebody asked after them afterwards.
             */
            followed_up: number;
            /** @description `2026-11`, by the street's calendar. */
            month: string;
            /**
             * Format: int32
             * @description Days without an alarm, of those that are over or begun.
             */
            quiet_days: number;
            /**
             * Format: int32
             * @description How often the elder was phoned because of an alarm.
             */
            spoken: number;
        };
        /** @description Who of the family was told. */
        FamilyToldDto: {
            /** @description Oldest first. */
            items: components["schemas"]["ToldDto"][];
        };
        /** @description One wrong field of a request. */
        FieldError: {
            /** @description A stable word: `unknown_field`, `missing_field`, `invalid_value`, `out_of_range`, `too_long`. */
            code: string;
            /** @description Which, as `position.lat`. */
            field: string;
            /** @description A sentence. */
            message: string;
        };
        /** @description A column of the file. */
        FileColumnDto: {
            /** @description The column of the sheet as which it is read. */
            column?: string | null;
            header: string;
            /** @description As a spreadsheet names it: `A`. */
            letters: string;
        };
        /** @description A device, and whose it is to be. */
        FileIn: {
            device: components["schemas"]["DeviceIn"];
            /** @description Left out: it is filed and nobody's yet. */
            elder_id?: string | null;
        };
        /** @description A device that is filed. */
        FiledDto: {
            /** @description The serial number on its label. */
            code: string;
            device_id: string;
            elder_id?: string | null;
        };
        /** @description Something that is wrong, with its place. */
        FindingDto: {
            /** Format: double */
            area_m2?: number | null;
            /** @description The areas it is about. */
            codes: string[];
            /** @description What of it can be shown on a map: GeoJSON, in the system of what was sent. */
            geometry: Record<string, never>;
            /**
             * @description `self_crossing`, `rings_touch`, `hole_outside`, `too_small`, `overlap`, `outside`, `gap`; of a line also `line_crosses_itself`,
             *     `part_too_small`.
             */
            kind: string;
            /**
             * Format: double
             * @description A point of it, in the system of what was sent.
             */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description A position. */
        FixDto: {
            /** Format: float */
            accuracy_m?: number | null;
            /** Format: date-time */
            at: string;
            /** @description New and sharp enough to be reckoned with. */
            fresh: boolean;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description The follow-ups of an area in a month. */
        FollowUpAreaDto: components["schemas"]["FollowUpCountsDto"] & {
            /** @description A community, or what is known of the place. */
            area_code: string;
            area_name?: string | null;
        };
        /** @description What the follow-ups of one area have come to. */
        FollowUpCountsDto: {
            /**
             * Format: int32
             * @description Counted as dissatisfied.
             */
            dissatisfied: number;
            /**
             * Format: int32
             * @description Real cases whose follow-up was opened in the month.
             */
            due: number;
            /**
             * Format: int32
             * @description Ended, or with the third try, later than 24 hours after they were opened.
             */
            late: number;
            /**
             * Format: int32
             * @description Counted as mostly satisfied.
             */
            mostly_satisfied: number;
            /**
             * Format: int32
             * @description Three tries, and nobody.
             */
            not_reached: number;
            /**
             * Format: int32
             * @description Open, and their 24 hours are over.
             */
            overdue: number;
            /**
             * Format: int32
             * @description Somebody has answered, whatever they said.
             */
            reached: number;
            /**
             * Format: int32
             * @description Counted as satisfied.
             */
            satisfied: number;
        };
        /** @description What was found. */
        FollowUpIn: {
            /** @description How they were asked, or tried: `phone`, `visit`, `message`. */
            how?: string | null;
            /** @description `well`, `needs_service`, `needs_help`, `declined`; `not_reached` is a try. */
            result: string;
            /** @description With it: by whose word, `elder` or `family`. */
            said_by?: string | null;
            /** @description Of a follow-up that has reached somebody, once: `satisfied`, `mostly_satisfied`, `dissatisfied`. */
            satisfaction?: string | null;
        };
        /** @description The follow-ups of a month. */
        FollowUpMonthDto: {
            /** @description By area, in the order of their codes. */
            areas: components["schemas"]["FollowUpAreaDto"][];
            month: string;
            total: components["schemas"]["FollowUpCountsDto"];
        };
        /** @description An alarm in a frame. */
        FoundAlarmDto: {
            /** @description Our word for it, or `unknown`. */
            kind: string;
            reported?: components["schemas"]["ReportedDto"] | null;
            /** @description The device's own. */
            said: string;
        };
        /** @description One frame. */
        FrameDto: {
            alarms: components["schemas"]["FoundAlarmDto"][];
            /**
             * Format: date-time
             * @description When it happened: by the device's clock where that can be believed, else when it came.
             */
            at: string;
            /** Format: int32 */
            battery_percent?: number | null;
            /** @description What is odd about it: short stable words. */
            odd: string[];
            place?: components["schemas"]["SaidPlaceDto"] | null;
            /** @description `beat`, `alarm`, `position`, `reading`, `reply`, `other`, `broken`. */
            sort: string;
            /** @description Whether it holds measurements of whoever wears it. */
            vital: boolean;
        };
        /** @description What is free now. */
        FreeIn: {
            /** Format: int32 */
            beds_free?: number | null;
            /** Format: int32 */
            places_free?: number | null;
        };
        /** @description A Polygon, or a MultiPolygon of one. */
        GeometryIn: {
            coordinates: number[][][];
            type: string;
        };
        /** @description Who goes. */
        GoerDto: {
            /** @description Whose visit it is, where that is somebody else: absent, or off duty. */
            in_place_of?: string | null;
            name?: string | null;
            on_duty: boolean;
            responder_id: string;
        };
        /** @description A grid and its chain. */
        GridChainDto: {
            answers: components["schemas"]["AnswersDto"][];
            area_code: string;
            /** @description Homes in it in which elders live. */
            households: number;
            name?: string | null;
            vacant: string[];
        };
        /** @description How a grid is covered. */
        GridCoverDto: {
            area_code: string;
            area_name?: string | null;
            homes: number;
            /** @description Who is at work and answers for this grid; families are not counted. */
            on_duty: number;
            uncovered: number;
        };
        /** @description How a grid is manned. */
        GridDutyDto: {
            area_code: string;
            area_name?: string | null;
            /** @description Stretches of the rota in which nobody is, the nearest first; one that began earlier begins now. */
            gaps: components["schemas"]["SpanDto"][];
            /** @description Who of the grid's own people is at work now, by their own word. */
            on_duty: number;
        };
        /** @description How the sheet went over. */
        HandedIn: {
            /** @description `read_out`, `printed`, `sent` (by a way of the desk's own; what we send by webhook and CAP is in the notices). */
            way: string;
        };
        /** @description A desk handed over. */
        HandoverDto: {
            /** Format: date-time */
            begun_at: string;
            by?: components["schemas"]["PersonDto"] | null;
            /** @description How many of them were critical. */
            critical_then: number;
            /** Format: date-time */
            ended_at?: string | null;
            /** @description Who hands over. */
            from: components["schemas"]["PersonDto"];
            id: string;
            /** @description How many texts belong to it. */
            notes: number;
            /**
             * Format: int32
             * @description How many cases were open when it began.
             */
            open_then: number;
            /** @description Codes of the areas of the desk. */
            scope: string[];
            /** @description Who signed what, oldest first. */
            signatures: components["schemas"]["SignatureDto"][];
            /** @description `open`, `completed`, `withdrawn`. */
            state: string;
            to?: components["schemas"]["PersonDto"] | null;
            /**
             * Format: int32
             * @description How many lines its record has.
             */
            version: number;
        };
        /** @description A critical case that is open now: it must be signed by who takes over. */
        HandoverItemDto: {
            case_id: string;
            /** @description It was not critical and open when the hand-over began. */
            joined: boolean;
            kind: string;
            lane: components["schemas"]["LaneWord"];
            number: string;
            severity: components["schemas"]["SeverityWord"];
            signed?: components["schemas"]["SignatureDto"] | null;
            state: components["schemas"]["StateWord"];
            /**
             * Format: int32
             * @description How many records its log has; a signature with fewer was given before the last of them.
             */
            version: number;
        };
        /** @description A text for who comes. */
        HandoverNoteDto: {
            /** Format: date-time */
            at: string;
            by: components["schemas"]["PersonDto"];
            id: string;
            /** @description What it says; absent when it does not open. */
            text?: string | null;
        };
        /** @description A text. */
        HandoverNoteIn: {
            /** @description At most 4,000 letters; kept sealed. */
            text: string;
        };
        /** @description A hand-over, and while it goes on what must be signed now. */
        HandoverSheetDto: {
            handover: components["schemas"]["HandoverDto"];
            /** @description The open critical cases of the desk, oldest first; empty when it has ended. */
            items: components["schemas"]["HandoverItemDto"][];
            /**
             * Format: int32
             * @description How many cases of the desk are open now.
             */
            open: number;
        };
        /** @description Which case. */
        HandoverSignIn: {
            case_id: string;
            /**
             * Format: int32
             * @description How many records the log had that was read; a case that has moved on is signed again.
             */
            version: number;
        };
        /** @description An answer to a hand-up, without its words. */
        HandupAnswerDto: {
            /** @description `acknowledged`, `advice`, `taken`, `declined`. */
            answer: string;
            /** Format: date-time */
            at: string;
            by: string;
            id: string;
            /**
             * Format: date-time
             * @description When the street said what became of it; absent: it has not arrived there.
             */
            landed_at?: string | null;
            /** @description Why it is in no case of the street: `case_over`, `no_such_referral`, `case_not_found`. */
            refused?: string | null;
        };
        /** @description An answer. */
        HandupAnswerIn: {
            /** @description `acknowledged`, `advice`, `taken`, `declined`. */
            answer: string;
            /** @description Who says it, as the street shall read it; left out: the account's name. */
            by?: string | null;
            /** @description In words. May be left out where it is only acknowledged. Sealed. */
            text?: string | null;
        };
        /** @description A case that was handed up, without its words. */
        HandupDto: {
            /** @description Oldest first. */
            answers: components["schemas"]["HandupAnswerDto"][];
            /**
             * Format: date-time
             * @description When it was handed up, by the street's clock.
             */
            asked_at: string;
            case_id: string;
            case_number: string;
            id: string;
            /** @description What was reported. */
            kind: string;
            /** Format: date-time */
            received_at: string;
            /** @description The street waits and nobody here has answered: the district's desk rings. */
            rings: boolean;
            severity: components["schemas"]["SeverityWord"];
            /** @description How it stands with the street: `waiting`, `acknowledged`, `waived`, `over`. */
            standing: string;
            street: string;
        };
        /** @description The words of a hand-up. */
        HandupWordsDto: {
            handup: components["schemas"]["HandupDto"];
            /** @description Why it was handed up; absent: nothing was written. */
            reason?: string | null;
            /** @description What was answered, in the order of the answers; null: it does not open. */
            texts: (string | null)[];
        };
        /** @description What only a medical skill may read. */
        HealthDto: {
            medication?: string | null;
            summary?: string | null;
        };
        /** @description What happened in one month. */
        HistoryDto: {
            /** @description Newest first. */
            cases: components["schemas"]["FamilyCaseDto"][];
            /** @description `2026-11`, by the street's calendar. */
            month: string;
        };
        /** @description Whoever holds a key of the home, and what came of asking them. */
        HolderDto: {
            id: string;
            /** @description `contact`, `responder`, `station`. */
            kind: string;
            name?: string | null;
            /** @description What came of asking; absent: nobody has. */
            outcome?: string | null;
            /**
             * Format: date
             * @description When the key last opened the door; absent: nobody has tried.
             */
            tested_on?: string | null;
        };
        /** @description Whoever holds a key, in a request. */
        HolderIn: {
            contact_id?: string | null;
            responder_id?: string | null;
            station_id?: string | null;
        };
        /** @description Days on which it is closed. */
        HolidayDto: {
            /** Format: date */
            from: string;
            /**
             * Format: date
             * @description The last day.
             */
            until: string;
        };
        /** @description Somebody of a home. */
        HomeElderDto: {
            id: string;
            name: string;
        };
        /** @description A home that lies elsewhere than where it is filed. */
        HomeMoveDto: {
            address: string;
            elders: components["schemas"]["HomeElderDto"][];
            /** @description The grid in which it is filed. */
            from: string;
            household_id: string;
            /** @description The grid in which it lies; absent: in none that is drawn. */
            to?: string | null;
        };
        /** @description The homes of a street against its map. */
        HomesOnMapDto: {
            /** @description By grid and address; 500 are named at most. */
            homes: components["schemas"]["HomeMoveDto"][];
            /** @description Homes that lie in another grid than the one where they are filed. */
            moving: number;
            /** @description Elders in them. */
            moving_elders: number;
            /** @description Homes in no grid that is drawn. */
            outside: number;
            /** @description 500 are named at most. */
            outside_homes: components["schemas"]["HomeMoveDto"][];
            /** @description From where to where. */
            ways: components["schemas"]["MoveCountDto"][];
            /** @description Homes whose place nobody knows: they stay where they are filed. */
            without_position: number;
        };
        /** @description Hours of the street's day, `from` 8 `to` 20; also over midnight. */
        HoursDto: {
            /**
             * Format: int32
             * @description The first hour, 0 to 23.
             */
            from: number;
            /**
             * Format: int32
             * @description The first hour that is no more among them, 0 to 23.
             */
            to: number;
        };
        /** @description A home, as far as a case shows one. */
        HouseholdBrief: {
            address: string;
            id: string;
            members: components["schemas"]["ElderBrief"][];
        };
        /** @description A home for which nobody answers at some post. */
        HouseholdGapDto: {
            address: string;
            area_code: string;
            household_id: string;
            /** @description All three: it has no chain at all. */
            vacant: string[];
        };
        /** @description What a file would do, or has done. */
        ImportDto: {
            columns: components["schemas"]["FileColumnDto"][];
            /** @description Of what was looked at; the writing names it. */
            digest: string;
            /** @description All of them. */
            error_count: number;
            /** @description At most 2,000, by line. */
            errors: components["schemas"]["RowErrorDto"][];
            new: number;
            /** @description Sound rows. */
            rows: number;
            /** @description None: the header is that of no sheet. */
            sheet?: string | null;
            tab?: string | null;
            /** @description The sheets of a workbook. */
            tabs: string[];
            unchanged: number;
            updated: number;
            warning_count: number;
            /** @description At most 2,000. */
            warnings: components["schemas"]["RowErrorDto"][];
            /** @description Devices of the file that have no key yet. */
            without_key: number;
            /** @description Rows that were written; none: it was a look. */
            written?: number | null;
            /** @description How the file was written: `utf-8`, `gbk`, `utf-16`, `xlsx`. */
            written_as: string;
        };
        /** @description A photo of where a device hangs, without its bytes. */
        InstallPhotoDto: {
            /** Format: date-time */
            at: string;
            by: string;
            device_id: string;
            /** Format: int32 */
            height: number;
            /** @description `image/jpeg`, `image/png`, `image/webp`. */
            media: string;
            size_bytes: number;
            /** Format: int32 */
            width: number;
        };
        /** @description A link, told once: it is kept nowhere as it stands here. */
        InviteDto: {
            /** Format: date-time */
            expires_at: string;
            id: string;
            /** @description To be sent to the contact; opens one device, once, with the last four digits of their telephone. */
            link: string;
            /** @description The link as a QR code, SVG. */
            qr_svg: string;
        };
        /** @description For whom. */
        InviteIn: {
            contact_id: string;
        };
        /** @description A key to the elder's door in somebody's keeping. */
        KeyDto: {
            /** @description The contact's, responder's or station's. */
            id: string;
            /** @description `contact`, `responder`, `station`. */
            kind: string;
            name?: string | null;
            /**
             * Format: date
             * @description The day on which it last opened the door.
             */
            tested_on?: string | null;
        };
        /** @description A kind of device and what it can do. */
        KindDto: {
            /** @description It guards a home rather than one person. */
            guards_household: boolean;
            /** @description `sos_button`, `watch`, `smoke`, … */
            kind: string;
            /** @description In Chinese. */
            label: string;
            /** @description There are such with which one can speak; whether one is, says its own file. */
            may_speak: boolean;
            /** @description What it raises by itself. What else one says is taken all the same. */
            raises: string[];
            /** @description Its readings show that somebody is about. */
            senses_activity: boolean;
            /** @description It is worn, and its place is its elder's. */
            worn: boolean;
        };
        /** @description What devices there can be. */
        KindsDto: {
            /** @description The reference systems that a device's file may name: `wgs84`, `gcj02`, `bd09`. */
            crs: string[];
            kinds: components["schemas"]["KindDto"][];
            protocols: components["schemas"]["ProtocolDto"][];
        };
        /** @description What a usual week makes of the calendar. */
        LaidOutDto: {
            /** @description Shifts that come on the rota, or have come. */
            shifts: components["schemas"]["ShiftIn"][];
            /** @description Shifts that do not: the same person is on the rota then already, and what stands there stays. */
            standing: components["schemas"]["ShiftIn"][];
            written: boolean;
        };
        /**
         * @description Lanes never mix.
         * @enum {string}
         */
        LaneWord: "help" | "service" | "technical";
        /** @description A usual week to be laid out over the calendar. */
        LayOutIn: {
            /**
             * Format: date
             * @description The Monday on which it begins.
             */
            monday: string;
            /** @description Which week. */
            name: string;
            /**
             * Format: int32
             * @description How many times, 1 to 12.
             */
            weeks: number;
            /** @description Left out: it is only looked at. */
            write?: boolean;
        };
        /** @description A case that is still open. */
        LeftCaseDto: {
            id: string;
            kind: string;
            number: string;
        };
        /** @description A device that is still bound. */
        LeftDeviceDto: {
            code: string;
            id: string;
            kind: string;
        };
        /** @description What is still open of a file that rests: somebody has to see to it. */
        LeftDto: {
            /** @description Requests for service and follow-ups that are still open. */
            cases: components["schemas"]["LeftCaseDto"][];
            /** @description Devices that are still theirs; what they say is still a call. */
            devices: components["schemas"]["LeftDeviceDto"][];
        };
        /** @description Somebody who is not in a round. */
        LeftOutDto: {
            elder_id: string;
            name: string;
            /** @description `by_phone`, `no_door` (nobody knows where), `no_way`, `outside_circle`, `hours` (nobody can be there in time), `too_many`. */
            reason: string;
        };
        /** @description One line of what happened. */
        LineDto: {
            /** @description Of `referred`: 120, 110 or 119. */
            agency?: string | null;
            /** Format: date-time */
            at: string;
            /** @description Of `over`: how. */
            outcome?: string | null;
            /** @description Of `file_opened`: what, as `door`, `health`. */
            parts?: string[];
            /** @description Of `file_opened`: to whom, by role. */
            role?: string | null;
            /** @description Of `you_said`: what. */
            said?: string | null;
            /** @description Of `voice`: what the elder said. */
            voice?: string | null;
            /**
             * @description `opened`, `again`, `asking`, `coming`, `left`, `at_door`, `not_there_yet`, `with_elder`, `no_entry`, `replaced`,
             *     `street`, `voice`, `referred`, `over`, `reopened`, `you_said`, `urged` (somebody else of the family did), `you_asked` (whether they
             *     know), `you_cannot`, `unconfirmed` (nobody of the family has confirmed), `file_opened` (of a guardian alone).
             */
            what: string;
            who?: components["schemas"]["WhoDto"] | null;
        };
        /** @description Who holds a post. */
        LinkDto: {
            /** @description `grid_worker`, `grid_head`, `community_secretary`. */
            post: string;
            responder_id: string;
        };
        /** @description A published code. */
        ListedCodeDto: {
            code: string;
            name: string;
        };
        /** @description The published codes of a district. */
        ListedCodesDto: {
            district: string;
            /** @description Of which year. */
            edition: string;
            items: components["schemas"]["ListedCodeDto"][];
            /** @description Who has published them, and where they were taken from. */
            source: string;
            /** Format: date */
            taken_on: string;
        };
        /** @description Somebody's look that counts now. */
        LookDto: {
            /** Format: date-time */
            at: string;
            by: string;
            /**
             * Format: date-time
             * @description Until when it counts.
             */
            until: string;
            username: string;
        };
        /** @description Somebody at a desk who has a case open. */
        Looker: {
            /** @description Which case. */
            case: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
            /** @description Whose account. */
            user: string;
        };
        /** @description How serious, and why. */
        LowerIn: {
            /** @description Kept as a sealed note. */
            reason: string;
            to: components["schemas"]["SeverityWord"];
        };
        /** @description A password that was made, told once: it is kept nowhere as it stands here. */
        MadePasswordDto: {
            account: components["schemas"]["AccountDto"];
            password: string;
        };
        /** @description What a client has to know before it draws. */
        MapDto: {
            /** @description To be shown with the map. */
            attribution: string;
            base?: components["schemas"]["BaseMapDto"] | null;
            /** @description `[west, south, east, north]` of the roads, WGS-84; null: nothing was imported. */
            bounds?: number[] | null;
            /**
             * Format: int32
             * @description The last zoom with tiles of its own.
             */
            zoom_max: number;
        };
        /** @description A map that was refused: a problem with the places. */
        MapProblemDto: components["schemas"]["ProblemDto"] & {
            findings: components["schemas"]["FindingDto"][];
            findings_left_out: number;
        };
        /** @description A version of a street's map. */
        MapVersionDto: {
            /**
             * Format: int32
             * @description How many outlines it has.
             */
            areas: number;
            by: string;
            /** @description It holds today. */
            in_force: boolean;
            /** Format: date-time */
            made_at: string;
            note?: string | null;
            /**
             * Format: date
             * @description The day from which it holds, until another does.
             */
            valid_from: string;
            /** Format: int64 */
            version: number;
        };
        /** @description A contact who may agree to the door being forced. */
        MayAgreeDto: {
            contact_id: string;
            name?: string | null;
        };
        /** @description Who is signed in. */
        MeDto: {
            /** @description Area codes that are theirs. */
            areas: string[];
            /** Format: date-time */
            expires_at: string;
            responder_id?: string | null;
            role: string;
            user_id: string;
            username: string;
            /**
             * Format: int32
             * @description The street's own clocks: minutes that they are ahead of UTC.
             */
            utc_offset_min: number;
        };
        /** @description The month of some areas. */
        MonthReportDto: {
            /** @description The areas that it is about. */
            areas: string[];
            /**
             * Format: date-time
             * @description When it was counted.
             */
            as_of: string;
            /** @description Calls by the 15 minutes of the day: 96 of them. */
            bins: number[];
            /** @description More calls than a sheet is made of: these are the first ones. */
            cut?: boolean;
            false_by_device: components["schemas"]["ReportDeviceDto"][];
            grids: components["schemas"]["ReportPartDto"][];
            kinds: components["schemas"]["ReportPartDto"][];
            load: components["schemas"]["ReportLoadDto"][];
            month: string;
            /** @description Rate of satisfaction: satisfied or mostly satisfied, of those who were asked in a follow-up of the month and answered. */
            satisfied: components["schemas"]["ReportShareDto"];
            tiers: components["schemas"]["ReportPartDto"][];
            total: components["schemas"]["ReportFiguresDto"];
            worst?: components["schemas"]["ReportWorstDto"] | null;
        };
        /** @description How many go from one grid to another. */
        MoveCountDto: {
            elders: number;
            from: string;
            households: number;
            to: string;
        };
        /** @description Who was filed anew, and what is left. */
        MovedHomesDto: {
            /** @description What is left; at most 2,000 homes go at once. */
            homes: components["schemas"]["HomesOnMapDto"];
            moved: number;
            moved_elders: number;
        };
        /** @description Which homes are filed anew: the named ones, or all. */
        MovesIn: {
            all?: boolean;
            households?: string[] | null;
        };
        /** @description Somebody who is named in a target, as far as they are known by name. */
        NamedDto: {
            /** @description What a responder is, what a contact is to the elder; `elder`. */
            is: string;
            /** @description For the desk. */
            name?: string | null;
            /** @description `resp_…`, `contact_…`. */
            target: string;
        };
        /** @description The nearest AED. */
        NearestAedDto: {
            aed?: components["schemas"]["AedDto"] | null;
        };
        /** @description How one need is shown. */
        NeedLabelDto: {
            /** @description The colour's word. */
            colour: string;
            /** @description The word that always stands beside the colour. */
            label: string;
            /** @description `high_risk`, `living_alone`, `disabled`, `general`, `medical`, `mental_social`, `away`. */
            need: string;
            /** @description `#rrggbb`. */
            rgb: string;
            /** @description `circle`, `triangle`, `square`, `diamond`, `hexagon`, `star`, `cross`: stands beside it as well. */
            shape: string;
            /**
             * Format: int32
             * @description Somebody looks in at least every so many days; absent: by a plan of care.
             */
            visit_days?: number | null;
        };
        /** @description A shipped set. */
        NeedLabelSetDto: {
            labels: components["schemas"]["NeedLabelDto"][];
            /** @description `yangcun-7`, `plain-3`. */
            name: string;
        };
        /** @description The shipped sets. */
        NeedLabelSetsDto: {
            sets: components["schemas"]["NeedLabelSetDto"][];
        };
        /** @description A street's table. The `ETag` of the answer is what an edit names in `If-Match`. */
        NeedLabelsDto: {
            /** @description The street. */
            area_code: string;
            labels: components["schemas"]["NeedLabelDto"][];
            /** @description It has a table of its own; else the shipped set of the service's plans holds. */
            own: boolean;
            /** Format: int64 */
            version: number;
        };
        /** @description A table as it is to be. */
        NeedLabelsIn: {
            /** @description Every need once. */
            labels: components["schemas"]["NeedLabelDto"][];
        };
        /** @description A new account. */
        NewAccountIn: {
            rights: components["schemas"]["AccountIn"];
            /** @description Kept in small letters; 64 at most, no blanks. */
            username: string;
        };
        /** @description A new station. */
        NewStationIn: {
            /** @description The street's own number for it; its id follows from it. */
            code: string;
            station: components["schemas"]["StationFileIn"];
        };
        /** @description A code for a door, shown once: what is kept is its keyed hash. */
        NewVisitCodeDto: {
            /** @description What the picture says: what a phone sends as `code`. */
            code: string;
            /** Format: date-time */
            made_at: string;
            /** @description The picture to print, SVG. */
            qr_svg: string;
        };
        /** @description News, or that there are none. */
        NewsDto: {
            /**
             * Format: date-time
             * @description The service's clock.
             */
            now: string;
            /** @description For the next question. */
            tag: string;
            view?: components["schemas"]["NowDto"] | null;
        };
        /** @description After how long without a sign of life. */
        NoActivityDto: {
            /** Format: int32 */
            hours: number;
            /** @description By sensors of these kinds; empty: by all. */
            kinds: string[];
            /** @description Only the waking hours of the street count. */
            waking: boolean;
        };
        /** @description What came beyond the writes a second and was only counted. */
        NotKeptDto: {
            /**
             * Format: int64
             * @description Since this process started.
             */
            count: number;
            /** Format: date-time */
            last_at?: string | null;
        };
        /** @description A text beside a case. */
        NoteDto: {
            /** Format: date-time */
            at: string;
            /** @description `{type, id}` of who wrote it. */
            by: Record<string, never>;
            id: string;
            /** @description None: it was erased, or does not open. */
            text?: string | null;
        };
        /** @description A text. */
        NoteIn: {
            /** @description At most 4,000 letters; kept sealed. */
            text: string;
        };
        /** @description One person was told of one step by one way, or is being told, or was not. */
        NoticeDto: {
            /** Format: int32 */
            attempts: number;
            /** @description By what: a carrier or channel as the configuration names it; `none`: there is no way. */
            channel: string;
            id: string;
            /** @description What, as `offer`, `family_opened`. */
            kind: string;
            /** Format: date-time */
            made_at: string;
            /** @description The provider's own number of it. */
            proof?: string | null;
            /** Format: date-time */
            read_at?: string | null;
            /** Format: date-time */
            received_at?: string | null;
            /** @description `accepted`, `declined` by a link; a digit; `text`: the words are a note of the case. */
            reply?: string | null;
            /** Format: date-time */
            sent_at?: string | null;
            /** @description `waiting`, `sending`, `sent`, `received`, `failed`, `stale` (the case had moved on), `merged` (the same was said anew). */
            state: string;
            /** @description Of which step of the case: the number of its record, and the kind. */
            step: string;
            /** @description Whom: `resp_…`, `contact_…`, `elder_…`, `desk`, `duty_leader`, `next_seat`, `station:…`, `agency:…`. */
            target: string;
            /** @description Of a role: whose addresses took it. */
            whom?: string[];
            /** @description Why not, in stable words. */
            why?: string | null;
        };
        /** @description Who was told of a case. */
        NoticesDto: {
            /** @description Oldest first. */
            items: components["schemas"]["NoticeDto"][];
            /** @description Who they are. */
            people: components["schemas"]["NamedDto"][];
            /** @description Per person and step, oldest first; of carriers alone. */
            tellings: components["schemas"]["TellingDto"][];
            /** @description Who was not told, and why. */
            untold: components["schemas"]["UntoldDto"][];
            /** @description The ways by which somebody can be told once more: channels and carriers as the configuration names them. */
            ways: string[];
        };
        /** @description What is going on. */
        NowDto: {
            /** @description Open cases and what has ended within a day, newest first. */
            cases: components["schemas"]["FamilyCaseDto"][];
            /** @description Nothing is told by itself any more: the duty leader phones. */
            frozen: boolean;
        };
        /** @description The case put to one responder. */
        OfferDto: {
            /** Format: date-time */
            at: string;
            /** @description From a straight line, not from roads. */
            estimated: boolean;
            id: string;
            key_holder: boolean;
            /** Format: int32 */
            meters?: number | null;
            mode: string;
            /** @description `inside`, `edge`, `outside` of the circle. */
            reach: string;
            /** @description Why they stand where they stand: short stable words. */
            reasons: string[];
            received: boolean;
            responder_id: string;
            responder_name?: string | null;
            /**
             * Format: int32
             * @description Travel time, whole seconds.
             */
            seconds?: number | null;
            silent: boolean;
            skilled: boolean;
            /** @description `open`, `accepted`, `declined`, `ended`. */
            state: string;
            tier: components["schemas"]["TierWord"];
        };
        /** @description What the office files for somebody else. It sees no address whole, so what it leaves out stays on the file. */
        OfficeReachIn: {
            /** @description `zh-CN`, `en`; left out: as it is. */
            language?: string | null;
            /** @description Left out, or as the office is shown it: as it is; empty: taken off the file. */
            mailbox?: string | null;
            /** @description As in [`ReachIn`]; left out: as it is. */
            off?: string[] | null;
            /** @description Left out: as it is; empty: taken off the file. */
            wechat_follower?: string | null;
            /** @description Left out: as it is; empty: taken off the file. */
            wecom_member?: string | null;
        };
        /** @description Hours of some days of the week. */
        OpenHoursDto: {
            /** @description 1 is Monday, 7 is Sunday. */
            days: number[];
            /** @description `08:00`, by the street's clock. */
            from: string;
            /** @description `18:00`; `00:00` is the end of the day. */
            until: string;
        };
        /** @description A link's token and what proves that it is in the right hands. */
        OpenIn: {
            /** @description The last four digits of the contact's telephone. */
            phone_last4: string;
            /** @description What stood behind the `#` of the link. */
            token: string;
        };
        /** @description The last link of a contact that was not used. */
        OpenInviteDto: {
            /** Format: date-time */
            expires_at: string;
            /** @description Too many wrong digits: a new one is needed. */
            locked: boolean;
            /** Format: date-time */
            made_at: string;
        };
        /** @description Somebody is in. */
        OpenedDto: {
            device_id: string;
        };
        /** @description A command. */
        OrderDto: {
            /** Format: date-time */
            answered_at?: string | null;
            /** @description Who has said so; absent: the service itself, for a call for help without a place. */
            by?: string | null;
            /** Format: date-time */
            expires_at: string;
            id: string;
            /** @description `locate`, `sos_numbers`, `find`, `message`. */
            kind: string;
            /** Format: date-time */
            made_at: string;
            /** Format: date-time */
            sent_at?: string | null;
            /** @description `queued`, `sent`, `done`, `failed`, `expired`. */
            state: string;
        };
        /** @description What the device is to do. */
        OrderIn: {
            /** @description `locate`, `sos_numbers`, `find`, `message`. */
            kind: string;
            /** @description Of `sos_numbers`: one to three telephone numbers, in the order in which the device calls them. */
            numbers?: string[] | null;
            /** @description Of `message`: at most 50 letters. */
            text?: string | null;
            /**
             * Format: int32
             * @description How long it may wait for the device, seconds, 60 to 604800; 600 when left out.
             */
            worth_for_s?: number | null;
        };
        /** @description What a device can be told, and what it was told. */
        OrdersDto: {
            /** @description What its language has words for; empty: it cannot be told anything. */
            can: string[];
            /** @description The newest first, at most 50. */
            items: components["schemas"]["OrderDto"][];
            /** @description Whether it is on its line now. */
            on_line: boolean;
        };
        /** @description How long out of bed at night. */
        OutOfBedDto: {
            /** Format: int32 */
            minutes: number;
        };
        /** @description A follow-up or a welfare review that should have had a result. */
        OverdueDto: {
            case: components["schemas"]["CaseDto"];
            /**
             * Format: date-time
             * @description Until when.
             */
            due_at: string;
            /** @description Each try so far, oldest first. */
            tries: components["schemas"]["TryDto"][];
        };
        /** @description The plans of a street as they are filed. */
        OwnPlansDto: {
            /** @description What holds where a rule says nothing. */
            common: components["schemas"]["PlanLimitsDto"];
            rules: components["schemas"]["PlanRuleDto"][];
        };
        /** @description A page of a month, newest first. */
        OwnRecordDto: {
            items: components["schemas"]["PastDto"][];
            /** @description `2026-03`. */
            month: string;
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
            sums?: components["schemas"]["SumsDto"] | null;
        };
        /** @description A request on the family's page or the elder's screen. */
        OwnRequestDto: {
            case_id: string;
            /** Format: date-time */
            opened_at: string;
            /** @description Nothing more comes of it. */
            over: boolean;
            service?: components["schemas"]["ServiceDto"] | null;
        };
        /** @description What somebody of the family, or the elder's screen, asks for. */
        OwnRequestIn: {
            /** @description For whoever does it, at most 4,000 letters; kept sealed. */
            note?: string | null;
            wish: components["schemas"]["WishIn"];
        };
        /** @description The caller's shifts, the nearest first. */
        OwnShiftsDto: {
            items: components["schemas"]["ShiftDto"][];
            /**
             * Format: date-time
             * @description Shifts that have not ended and begin before this.
             */
            until: string;
        };
        /** @description A pack. */
        PackDto: {
            area: string;
            /** @description Those who depend on current first, then by address. */
            cards: components["schemas"]["CardDto"][];
            /** @description There are more than a pack holds: choose a smaller area. */
            cut?: boolean;
            /** Format: date-time */
            made_at: string;
            /** @description Those at work first. */
            people: components["schemas"]["CardPersonDto"][];
        };
        /** @description Whose cards. */
        PackIn: {
            /** @description An area of one's own. */
            area: string;
            /** @description With door codes and key boxes, of those who have agreed to their keeping. */
            doors?: boolean;
            /** @description Whoever has one of these needs, or depends on current; `high_risk` when left out. */
            needs?: string[];
        };
        /** @description That a pack was made. */
        PackMadeDto: {
            area: string;
            area_name?: string | null;
            by: string;
            /** Format: int64 */
            cards: number;
            /** @description With door codes. */
            doors: boolean;
            /** Format: date-time */
            made_at: string;
            /** @description Older than 24 hours, and no newer one of this area. */
            old: boolean;
        };
        /** @description A list's page on the wire. */
        PageDto_AccountDto: {
            items: {
                /** @description Codes of areas; none: sees no case and no elder. */
                areas: string[];
                id: string;
                /** Format: date-time */
                locked_until?: string | null;
                /** @description It is the caller's own, which somebody else changes. */
                own: boolean;
                responder_id?: string | null;
                responder_name?: string | null;
                role: string;
                /** @description `active`, `locked` (too many wrong passwords), `disabled`. */
                state: string;
                username: string;
                /** Format: int64 */
                version: number;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_AlertDto: {
            items: {
                id: string;
                kind: string;
                late: boolean;
                note?: string | null;
                /** Format: date-time */
                occurred_at?: string | null;
                /** @description `{lat, lon, crs, accuracy_m}` as it was sent; without `crs` it is unresolved. */
                position?: Record<string, never> | null;
                reading?: Record<string, never> | null;
                /** Format: date-time */
                received_at: string;
                /** @description Its content was erased, or does not open. */
                sealed?: boolean;
                /** @description Who sent it: a device or a user. */
                sender: string;
                warnings: string[];
                /** @description The sender's own word, where it is none of ours. */
                word?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_CallDto: {
            items: {
                /** Format: date-time */
                answered_at?: string | null;
                /** Format: date-time */
                asked_at: string;
                /** @description `{type, id}`: the account that asked for it, or the system. */
                by: Record<string, never>;
                /** @description `{type, id}`: elder, contact, responder. */
                callee: Record<string, never>;
                case_id: string;
                desk?: string | null;
                /**
                 * Format: date-time
                 * @description Since when they are on hold.
                 */
                held_at?: string | null;
                /** @description They have been on hold for too long. */
                held_long: boolean;
                id: string;
                /** @description Of an automatic call: the keys that were pressed. */
                keys?: string;
                /** @description "Fine" by a key where a key ends nothing: a person has to hear them. */
                marked: boolean;
                /**
                 * @description Why it is over, a stable word: `completed`, `hung_up`, `taken`, `too_long`, `no_answer`, `busy`, `rejected`, `unreachable`,
                 *     `bad_number`, `desk_no_answer`, `refused`, `unavailable`, `lost`.
                 */
                over?: string | null;
                /** Format: date-time */
                over_at?: string | null;
                /** @description `desk`: somebody at a desk speaks with them; `check`: a voice asks for a key. */
                purpose: string;
                /** @description There is a recording, and `…/recording` says where. */
                recorded: boolean;
                /** Format: date-time */
                ringing_at?: string | null;
                /** @description `asked`, `ringing`, `answered`, `held`, `ended`, `failed`. */
                state: string;
                /** @description What the case was told of it, a word of `voice_result`. */
                told?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_CaseDto: {
            items: {
                /**
                 * Format: int32
                 * @description How many alerts are in it.
                 */
                alerts: number;
                /** @description Where it belongs, at most to the community before acceptance. */
                area_code: string;
                area_name?: string | null;
                assignments: components["schemas"]["AssignmentDto"][];
                /** @description That came by a key in an automatic call; nobody has heard a voice, and it proves none. */
                by_key?: boolean;
                /** Format: date-time */
                closed_at?: string | null;
                /** @description Somebody was with the elder. */
                contact: boolean;
                /**
                 * Format: date-time
                 * @description When somebody must be at the door.
                 */
                door_by?: string | null;
                /** @description Nobody was at the door in time. */
                door_late: boolean;
                /** @description An exercise. */
                drill: boolean;
                elder?: components["schemas"]["ElderBrief"] | null;
                /** @description What the family has said on their page, oldest first: marks only. */
                family?: components["schemas"]["FamilyMarkDto"][];
                /** @description The follow-up that its closing has opened. */
                follow_up?: string | null;
                /** @description What a follow-up or a welfare review has found: `well`, `needs_service`, `needs_help`, `declined`. */
                found?: string | null;
                household?: components["schemas"]["HouseholdBrief"] | null;
                id: string;
                /** @description Who was with the elder in that case when this one began: they were called. */
                inside?: string[];
                kind: string;
                lane: components["schemas"]["LaneWord"];
                /** @description Its first alert came late. */
                late: boolean;
                /** @description The earlier case that it continues. */
                linked?: string | null;
                /**
                 * Format: date-time
                 * @description When something is due next: of the case for a desk, of the viewer for a responder.
                 */
                next_due_at?: string | null;
                /** @description What is due then. */
                next_due_kind?: string | null;
                /** @description Nobody opened. */
                no_entry: boolean;
                /** @description For people: `20260301-120114001-0007`. */
                number: string;
                offers: components["schemas"]["OfferDto"][];
                /** Format: date-time */
                opened_at: string;
                /** @description Where else to look: the last position is stale or vague, so that the door and the position both count. */
                other_places?: components["schemas"]["PlaceDto"][];
                outcome?: string | null;
                /** @description Two go inside together: who is first waits at the door and speaks with the elder. */
                pair?: boolean;
                /** @description Of a technical case: about which part of the subject, `{type, id}`: device, carrier. */
                part?: Record<string, never> | null;
                place?: components["schemas"]["PlaceDto"] | null;
                plan?: components["schemas"]["PlanDto"] | null;
                /** @description Of a technical case: what was the matter is over by itself, and whoever has it in hand closes it. */
                recovered?: boolean;
                referrals: components["schemas"]["ReferralDto"][];
                /**
                 * Format: int32
                 * @description How many times the desk was rung.
                 */
                rounds: number;
                /** @description Of a follow-up: how satisfied somebody is with the help that came: `satisfied`, `mostly_satisfied`, `dissatisfied`. */
                satisfaction?: string | null;
                service?: components["schemas"]["ServiceDto"] | null;
                severity: components["schemas"]["SeverityWord"];
                state: components["schemas"]["StateWord"];
                /** @description `{type, id}`: elder, household, device, area, responder, unknown. */
                subject?: Record<string, never> | null;
                taken_by?: string | null;
                /**
                 * Format: date-time
                 * @description When the take lapses unless its holder does something about the case; absent when nobody holds it.
                 */
                taken_until?: string | null;
                tier: components["schemas"]["TierWord"];
                /** @description The desk rings for it. */
                tone: boolean;
                /**
                 * Format: int32
                 * @description Of a follow-up or a welfare review: how often nobody was reached.
                 */
                tries?: number;
                /**
                 * Format: date-time
                 * @description It came late with many others: when its people are asked by themselves. Until then only the desk rings.
                 */
                turn_at?: string | null;
                /** @description Critical, and nobody touched it in time. */
                untouched: boolean;
                /**
                 * Format: int32
                 * @description How many records its log has.
                 */
                version: number;
                voice?: string | null;
                /** @description Somebody can speak with the elder through the device. */
                voice_path: boolean;
                /** @description The device took an alert back: a mark only. */
                withdrawn: boolean;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_ColleagueDto: {
            items: {
                /** @description `dispatcher`, `duty_leader`, `admin`, `auditor`. */
                role: string;
                user_id: string;
                username: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_DeviceDto: {
            items: {
                /** @description The grid of the home; absent: nobody's. */
                area_code?: string | null;
                /** @description At that charge it is low. */
                battery_low: boolean;
                /**
                 * Format: int32
                 * @description Charge, percent.
                 */
                battery_percent?: number | null;
                /**
                 * Format: int64
                 * @description How often it says something while it lives, seconds; absent: nobody waits for it.
                 */
                beat_s?: number | null;
                carrier?: string | null;
                /** @description The serial number on its label. */
                code: string;
                /** @description What its coordinates are, by its file. */
                crs?: string | null;
                /** @description What they are taken for because its file does not say it; neither: they stay unresolved. */
                crs_assumed?: string | null;
                /** @description Whose it is; neither: nobody's. */
                elder_id?: string | null;
                /** @description Their name. */
                elder_name?: string | null;
                /**
                 * Format: date-time
                 * @description When it last said anything.
                 */
                heard_at?: string | null;
                household_id?: string | null;
                id: string;
                /** @description Its alerts ring. */
                in_service: boolean;
                /** @description `sos_button`, `watch`, `smoke`, … */
                kind: string;
                model?: string | null;
                number?: string | null;
                /** @description Where it hangs. */
                place?: string | null;
                /** @description `here`, `late` (a beat missed), `silent` (two missed), `never` heard, `not_awaited`. */
                presence: string;
                /** @description The language of its line, and how it names itself there. */
                protocol?: string | null;
                /**
                 * Format: int32
                 * @description Strength of its network, percent.
                 */
                signal_percent?: number | null;
                /**
                 * Format: date-time
                 * @description Somebody tests it: until then what it says rings nobody.
                 */
                test_until?: string | null;
                /** @description The elder can be heard through it. */
                voice_path: boolean;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_DeviceEventDto: {
            items: {
                /** Format: date-time */
                at: string;
                by: string;
                /** @description Whose it became, or had been. */
                elder_id?: string | null;
                household_id?: string | null;
                /** @description The device that replaces it, or that it replaces. */
                other_id?: string | null;
                /** @description `broken`, `lost`, `returned`, `left`, `mistake`, `other`. */
                reason?: string | null;
                /** Format: date-time */
                until?: string | null;
                /**
                 * @description `filed`, `bound`, `unbound`, `replaced_by`, `replaces`, `test_begun`, `test_ended`. A test that ends by itself has no line: `until`
                 *     of its beginning says when.
                 */
                what: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_ElderDto: {
            items: (components["schemas"]["ElderBrief"] & {
                /** @description The grid of the home. */
                area_code: string;
                /** @description The street's own number. */
                code: string;
                home?: components["schemas"]["PlaceDto"] | null;
                household_id: string;
                /** @description `active`, `moved_away`, `deceased`. */
                status: string;
            })[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_HandoverDto: {
            items: {
                /** Format: date-time */
                begun_at: string;
                by?: components["schemas"]["PersonDto"] | null;
                /** @description How many of them were critical. */
                critical_then: number;
                /** Format: date-time */
                ended_at?: string | null;
                /** @description Who hands over. */
                from: components["schemas"]["PersonDto"];
                id: string;
                /** @description How many texts belong to it. */
                notes: number;
                /**
                 * Format: int32
                 * @description How many cases were open when it began.
                 */
                open_then: number;
                /** @description Codes of the areas of the desk. */
                scope: string[];
                /** @description Who signed what, oldest first. */
                signatures: components["schemas"]["SignatureDto"][];
                /** @description `open`, `completed`, `withdrawn`. */
                state: string;
                to?: components["schemas"]["PersonDto"] | null;
                /**
                 * Format: int32
                 * @description How many lines its record has.
                 */
                version: number;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_HandoverNoteDto: {
            items: {
                /** Format: date-time */
                at: string;
                by: components["schemas"]["PersonDto"];
                id: string;
                /** @description What it says; absent when it does not open. */
                text?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_LookDto: {
            items: {
                /** Format: date-time */
                at: string;
                by: string;
                /**
                 * Format: date-time
                 * @description Until when it counts.
                 */
                until: string;
                username: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_NoteDto: {
            items: {
                /** Format: date-time */
                at: string;
                /** @description `{type, id}` of who wrote it. */
                by: Record<string, never>;
                id: string;
                /** @description None: it was erased, or does not open. */
                text?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_OverdueDto: {
            items: {
                case: components["schemas"]["CaseDto"];
                /**
                 * Format: date-time
                 * @description Until when.
                 */
                due_at: string;
                /** @description Each try so far, oldest first. */
                tries: components["schemas"]["TryDto"][];
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_OwnRequestDto: {
            items: {
                case_id: string;
                /** Format: date-time */
                opened_at: string;
                /** @description Nothing more comes of it. */
                over: boolean;
                service?: components["schemas"]["ServiceDto"] | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_PackMadeDto: {
            items: {
                area: string;
                area_name?: string | null;
                by: string;
                /** Format: int64 */
                cards: number;
                /** @description With door codes. */
                doors: boolean;
                /** Format: date-time */
                made_at: string;
                /** @description Older than 24 hours, and no newer one of this area. */
                old: boolean;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_PhotoDto: {
            items: {
                /** Format: date-time */
                at: string;
                /** @description `{type, id}` of who added it. */
                by: Record<string, never>;
                /** @description `agreed`, `forced_entry`. */
                consent: string;
                /** Format: int32 */
                height: number;
                id: string;
                /** @description `image/jpeg`, `image/png`, `image/webp`. */
                media: string;
                /** Format: int32 */
                size_bytes: number;
                /** Format: int32 */
                width: number;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_ReassessDto: {
            items: (components["schemas"]["ElderBrief"] & components["schemas"]["FallsDto"] & {
                area_code: string;
                /**
                 * Format: date
                 * @description The day of the last assessment; absent: never.
                 */
                assessed_on?: string | null;
                code: string;
            })[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_RegisterEventDto: {
            items: {
                after?: Record<string, never> | null;
                /** Format: date-time */
                at: string;
                /** @description The file before. */
                before?: Record<string, never> | null;
                by: string;
                /** @description `filed`, `edited`, … */
                what: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_RegisterLineDto: {
            items: {
                after?: Record<string, never> | null;
                /** Format: date-time */
                at: string;
                /** @description As it was. */
                before?: Record<string, never> | null;
                by: string;
                by_name: string;
                /** @description The id of what was changed, or the words by which it is filed. */
                subject: string;
                /** @description `filed`, `edited`, `imported`, `password_renewed`, … */
                what: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_ResponderDto: {
            items: {
                /** @description Area codes where they work. */
                areas: string[];
                base?: components["schemas"]["PlaceDto"] | null;
                /** Format: int32 */
                capacity: number;
                code: string;
                /** Format: date-time */
                duty_since: string;
                id: string;
                kind: string;
                /** @description `walk`, `ebike`, `car`. */
                mode: string;
                name: string;
                on_duty: boolean;
                /** Format: int32 */
                party_size: number;
                position?: components["schemas"]["FixDto"] | null;
                skills: string[];
                tier: components["schemas"]["TierWord"];
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_StationDto: {
            items: {
                address: string;
                area_code: string;
                /** Format: int32 */
                beds_free?: number | null;
                /** @description `emergency`, `living`, `medical`. */
                circle: string;
                /** @description When it is open, in its own words. */
                hours?: string | null;
                id: string;
                /**
                 * @description `health_station`, `hospital`, `pharmacy`, `canteen`, `day_care`, `care_home`, `home_service`, `police_post`, `fire_post`,
                 *     `aed`, `command_centre`.
                 */
                kind: string;
                /**
                 * Format: double
                 * @description WGS-84; absent: nobody has put it on the map.
                 */
                lat?: number | null;
                /** Format: double */
                lon?: number | null;
                name: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_StationRequestDto: {
            items: {
                /** @description Where the elder is to be found. */
                address: string;
                case_id: string;
                case_number: string;
                elder_name: string;
                /** @description What whoever asked has written for it. */
                notes: string[];
                service: components["schemas"]["ServiceDto"];
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_StreetCaseDto: {
            items: {
                area?: components["schemas"]["StreetAreaDto"] | null;
                /**
                 * Format: date-time
                 * @description When somebody must be at the door.
                 */
                door_by?: string | null;
                door_late: boolean;
                /**
                 * Format: date-time
                 * @description When it is looked at next.
                 */
                due_at?: string | null;
                id: string;
                /** @description What was reported. */
                kind: string;
                number: string;
                /** Format: date-time */
                opened_at: string;
                severity: components["schemas"]["SeverityWord"];
                state: components["schemas"]["StateWord"];
                tier: components["schemas"]["TierWord"];
                unanswered: boolean;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_StreetNodeDto: {
            items: {
                areas: components["schemas"]["StreetAreaDto"][];
                id: string;
                label: string;
                /** @description As on the board. */
                link: string;
                /** Format: date-time */
                made_at: string;
                made_by: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_SwapDto: {
            items: {
                /** Format: date-time */
                asked_at: string;
                back?: components["schemas"]["SpanDto"] | null;
                id: string;
                /** @description Whose shift. */
                responder_id: string;
                responder_name?: string | null;
                shift: components["schemas"]["SpanDto"];
                /** @description `asked`, `agreed`, `declined`, `taken_back`, or `over`: it was never answered and has begun. */
                state: string;
                /** @description Who is asked. */
                with: string;
                with_name?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_UncalledDto: {
            items: (components["schemas"]["ElderBrief"] & {
                area_code: string;
                /** @description The street's own number for the person. */
                code: string;
                why: string;
            })[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_ViewDto: {
            items: {
                /** Format: date-time */
                at: string;
                by: string;
                case_id?: string | null;
                field: string;
                reason: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_VisitDto: {
            items: {
                /** Format: int32 */
                accuracy_m?: number | null;
                /** Format: date-time */
                at: string;
                by: string;
                /** @description What it opened. */
                case_id?: string | null;
                companion_id?: string | null;
                /** @description The elder was met and the place is proved: the deadline is put off. */
                counts: boolean;
                /** Format: date */
                due_on?: string | null;
                elder_id: string;
                /** Format: date-time */
                filed_at: string;
                id: string;
                /**
                 * Format: int32
                 * @description From the door, where a position was sent.
                 */
                metres?: number | null;
                /** @description There is a photo that is kept still. */
                photo: boolean;
                /** @description `position`, `code`, `photo`, `none`. */
                proof: string;
                /** @description `holds`, `unsure` (too vague, or nothing was shown), `fails` (somewhere else). */
                proof_says: string;
                responder_id?: string | null;
                responder_name?: string | null;
                result: string;
                way: string;
                words?: string | null;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_VisitToMakeDto: {
            items: {
                /** @description Where they are to be found today. */
                address: string;
                area_code: string;
                /** @description Where nobody goes alone: who walks the grid there, is at work and may hear of them; the one who goes first is among them. At most 50. */
                companions?: components["schemas"]["CompanionDto"][];
                /** Format: int32 */
                days_over: number;
                /** Format: date */
                due_on: string;
                elder_id: string;
                /** Format: int32 */
                every_days: number;
                /** @description Not before this hour, as `09:00`. */
                from?: string | null;
                goer?: components["schemas"]["GoerDto"] | null;
                /** Format: double */
                lat?: number | null;
                /** Format: double */
                lon?: number | null;
                name: string;
                need_labels: components["schemas"]["NeedLabelDto"][];
                /** @description Nobody goes there alone: a visit names who was there too. */
                pair: boolean;
                /** @description `overdue`, `due` (today), `later`. */
                state: string;
                /** @description Begun before this one. */
                until?: string | null;
                /**
                 * Format: date-time
                 * @description The last visit that counts; absent: there was none yet.
                 */
                visited_at?: string | null;
                /** @description `door`; `phone` while they are away. */
                way: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /** @description A list's page on the wire. */
        PageDto_WallScreenDto: {
            items: {
                areas: string[];
                id: string;
                label: string;
                /** Format: date-time */
                made_at: string;
                made_by: string;
                /**
                 * Format: date-time
                 * @description To some minutes.
                 */
                seen_at?: string | null;
                /** @description `waiting` for its link to be opened, `open`, `expired` (the link was never opened), `revoked`. */
                state: string;
            }[];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
        };
        /**
         * @description What became of somebody's part in a case.
         * @enum {string}
         */
        Part: "coming" | "asked" | "withdrawn" | "arrived" | "not_chosen" | "replaced" | "fine" | "busy" | "declined" | "done" | "over";
        /** @description The caller's own part. */
        PartDto: {
            /**
             * Format: date-time
             * @description Since when.
             */
            at: string;
            /** @description An exercise. */
            drill: boolean;
            kind: string;
            part: components["schemas"]["Part"];
            severity: components["schemas"]["SeverityWord"];
        };
        /** @description One case that was put to the caller. */
        PastDto: {
            /**
             * Format: int64
             * @description Seconds from there to the yes.
             */
            answer_s?: number | null;
            /** @description The community, or the area above it that has a name. */
            area_name?: string | null;
            /**
             * Format: date-time
             * @description When they were asked; where the desk sent them, when it did.
             */
            asked_at: string;
            /**
             * Format: int64
             * @description Seconds from the yes to the door.
             */
            door_s?: number | null;
            /** @description An exercise: it is in no sum. */
            drill: boolean;
            kind: string;
            /** @description It is not over yet. */
            open: boolean;
            /** @description How it ended, for who said yes; absent while it is open. */
            outcome?: string | null;
            role: components["schemas"]["PastRole"];
            severity: components["schemas"]["SeverityWord"];
        };
        /**
         * @description What came of being asked.
         * @enum {string}
         */
        PastRole: "lead" | "backup" | "declined" | "unanswered";
        /** @description Somebody who can sign in. */
        PersonDto: {
            user_id: string;
            username: string;
        };
        /** @description A photo was added. */
        PhotoAddedDto: {
            case?: components["schemas"]["CaseDto"] | null;
            photo: string;
        };
        /** @description A photo, without its bytes. */
        PhotoDto: {
            /** Format: date-time */
            at: string;
            /** @description `{type, id}` of who added it. */
            by: Record<string, never>;
            /** @description `agreed`, `forced_entry`. */
            consent: string;
            /** Format: int32 */
            height: number;
            id: string;
            /** @description `image/jpeg`, `image/png`, `image/webp`. */
            media: string;
            /** Format: int32 */
            size_bytes: number;
            /** Format: int32 */
            width: number;
        };
        /** @description Where to go: WGS-84 degrees. */
        PlaceDto: {
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description Where it happened. */
        PlaceIn: {
            /**
             * Format: float
             * @description The radius within which it holds, metres.
             */
            accuracy_m?: number | null;
            /** @description `wgs84`, `gcj02`, `bd09`; left out: kept unresolved. */
            crs?: string | null;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description One thing that becomes stricter or looser. */
        PlanChangeDto: {
            /** Format: int32 */
            after?: number | null;
            /**
             * Format: int32
             * @description Seconds, a number of people, or 1 and 0 for yes and no; absent: no such step.
             */
            before?: number | null;
            /** @description A step (`street`, `grid`, …) or a limit (`door_s`, `ask_first`, …). */
            figure: string;
            /** @description Help comes later or fewer are asked: a second person has to say yes. */
            looser: boolean;
            places: components["schemas"]["PlanPlaceDto"][];
        };
        /** @description A page of the comparison; whoever wants the whole adds the pages up. */
        PlanCheckDto: {
            /**
             * Format: int32
             * @description Calls for help that were compared.
             */
            cases: number;
            /** @description By the draft. */
            draft: components["schemas"]["PlanCountDto"];
            /** Format: date-time */
            from: string;
            /** @description By the plan that was in force, reckoned in the same way as the draft. */
            in_force: components["schemas"]["PlanCountDto"];
            /**
             * Format: int32
             * @description Exercises, and calls about somebody of whom the register knows nothing any more.
             */
            left_out: number;
            /** @description Where the next page begins; absent: this was the last. */
            next?: string | null;
            /** @description Cases that would have gone another way; at most 20 a page. */
            otherwise: components["schemas"]["PlanOtherwiseDto"][];
            /** @description As the logs say. */
            recorded: components["schemas"]["PlanCountDto"];
            /** Format: date-time */
            until: string;
        };
        /** @description A revision to be held against what happened. */
        PlanCheckIn: {
            /** @description The `next` of the page before. */
            cursor?: string | null;
            /**
             * Format: int32
             * @description How many days to look back, 1 to 30; absent: 30.
             */
            days?: number | null;
            draft: components["schemas"]["OwnPlansDto"];
        };
        /** @description What became of some cases. */
        PlanCountDto: {
            /**
             * Format: int32
             * @description Nobody was at the door in time.
             */
            door_late: number;
            /**
             * Format: int32
             * @description The grid or the street owned them.
             */
            grid: number;
            /**
             * Format: int32
             * @description The street owned them.
             */
            street: number;
        };
        /** @description What a revision would change. */
        PlanDiffDto: {
            changes: components["schemas"]["PlanChangeDto"][];
            /** @description Something becomes looser: a second person would have to say yes. */
            looser: boolean;
        };
        /** @description The plan frozen into a case. */
        PlanDto: {
            /** @description Named limits, seconds unless the name says otherwise. */
            limits: Record<string, never>;
            name: string;
            steps: components["schemas"]["StepDto"][];
        };
        /** @description What became of a revision. */
        PlanEditDto: {
            changes: components["schemas"]["PlanChangeDto"][];
            plans: components["schemas"]["PlansDto"];
            /** @description `in_force`, `coming`, or `proposed`: something becomes looser, and a second person has to say yes. */
            state: string;
        };
        /** @description The limits of a plan. Seconds from the receipt of the alert unless the name says otherwise. */
        PlanLimitsDto: {
            /**
             * Format: int32
             * @description How many are asked at first.
             */
            ask_first: number;
            /**
             * Format: int32
             * @description How many are asked when there is no voice.
             */
            ask_wide: number;
            /**
             * Format: int32
             * @description Back-ups kept until arrival.
             */
            backups: number;
            /**
             * Format: int32
             * @description On the scene: a sign of life.
             */
            checkin_s: number;
            /**
             * Format: int32
             * @description After arrival: contact, or nobody opens.
             */
            contact_s: number;
            /**
             * Format: int32
             * @description The lead must have left.
             */
            depart_s: number;
            /**
             * Format: int32
             * @description Somebody must be at the door.
             */
            door_s: number;
            /** @description The family is told when it begins; else from the first yes on. */
            family_at_opening?: boolean;
            /**
             * Format: int32
             * @description A contact who is asked must answer; absent: 75.
             */
            family_try_s?: number | null;
            /** @description A key in an automatic call ends a press, without a voice. */
            key_fine?: boolean;
            /**
             * Format: int32
             * @description An owned case is looked at again; at most 180 for a critical one.
             */
            look_s: number;
            /** @description Two people go inside together, or nobody does. */
            pair: boolean;
            /**
             * Format: int32
             * @description A fix or an action of the lead on the way.
             */
            progress_s: number;
            /**
             * Format: int32
             * @description A hand-over must be acknowledged.
             */
            referral_s: number;
            /**
             * Format: int32
             * @description After the call about it: the next leads.
             */
            replace_s: number;
            /**
             * Format: int32
             * @description At the street tier: rung again.
             */
            ring_s: number;
            /**
             * Format: int32
             * @description Silence after a voice call.
             */
            silence_call_s: number;
            /**
             * Format: int32
             * @description Silence after an offer: the next is asked.
             */
            silence_s: number;
            /**
             * Format: int32
             * @description A station that is asked for a service must answer; absent: 1800.
             */
            station_s?: number | null;
            /**
             * Format: int32
             * @description A critical case that nobody has touched.
             */
            untouched_s: number;
            /**
             * Format: int32
             * @description No word by then: the street owns the case.
             */
            voice_street_s: number;
            /**
             * Format: int32
             * @description With a voice path: no word by then and more people are asked.
             */
            voice_widen_s: number;
            /**
             * Format: int32
             * @description Accepts within this window are compared.
             */
            window_s: number;
        };
        /** @description A case that would have gone another way. */
        PlanOtherwiseDto: {
            case_id: string;
            kind: string;
            /** @description What it was by what was in force and would not have been. */
            less: string[];
            /** @description `grid`, `street`, `door_late`: what it would have been by the draft and was not by what was in force. */
            more: string[];
            number: string;
            /** Format: date-time */
            opened_at: string;
        };
        /** @description Where a change holds. */
        PlanPlaceDto: {
            /** @description None: all. */
            hours: number[];
            kind: string;
            /** @description Exactly these needs; none: a device, an area, or somebody unknown. */
            needs: string[];
        };
        /** @description A revision that waits for a second person. */
        PlanProposalDto: {
            by: string;
            changes: components["schemas"]["PlanChangeDto"][];
            /**
             * Format: date-time
             * @description From when it is to hold; absent: from the yes on.
             */
            from?: string | null;
            id: string;
            /** Format: date-time */
            made_at: string;
            /** @description It is the caller's: somebody else has to say yes. */
            own: boolean;
            plans: components["schemas"]["OwnPlansDto"];
            /** @description The plans have changed since it was made: it can only be rejected. */
            stale: boolean;
        };
        /** @description A plan that holds, and for whom. */
        PlanRowDto: {
            /** @description Also of a device, an area, or somebody unknown. */
            for_anybody: boolean;
            /** @description The local hours at which it holds; none: all. */
            hours: number[];
            kind: string;
            lane: string;
            limits: components["schemas"]["PlanLimitsDto"];
            /** @description Somebody with one of these needs alone. */
            needs: string[];
            severity: string;
            stages: components["schemas"]["PlanStageDto"][];
        };
        /** @description A rule: for these kinds, of somebody with one of these needs. */
        PlanRuleDto: {
            /**
             * Format: int32
             * @description The first local hour at which it holds, with `until_hour`; absent: always.
             */
            from_hour?: number | null;
            kinds: string[];
            limits?: components["schemas"]["RuleLimitsDto"];
            /** @description None: of whomever no rule of a need fits. */
            needs?: string[];
            /** @description In the order of their time. */
            steps: components["schemas"]["PlanStepDto"][];
            /** Format: int32 */
            until_hour?: number | null;
        };
        /** @description One stage of a plan that holds. */
        PlanStageDto: {
            /**
             * Format: int32
             * @description How many responders are asked at first; 0: the step asks no responder.
             */
            asks: number;
            /** Format: int32 */
            at_s: number;
            /** @description The street's desk rings. */
            rings_desk: boolean;
            /** @description The tier that owns the case from here on. */
            tier?: string | null;
            what: string;
        };
        /** @description A step of the ladder. */
        PlanStepDto: {
            /**
             * Format: int32
             * @description Seconds after receipt.
             */
            at_s: number;
            /**
             * @description `desk` rings; `home`, `grid`, `street` are asked and own the case; `medical`, `fire_post`, `police_grid` are asked beside them;
             *     `prompt120`, `prompt119` prompt the desk; `family` asks the contacts one by one; `duty_leader`, `civil_affairs` are called.
             */
            what: string;
        };
        /** @description A version of a street's plans. */
        PlanVersionDto: {
            /** @description Of a loosening: the second person. */
            approved_by?: string | null;
            by?: string | null;
            /** Format: date-time */
            from?: string | null;
            /** Format: date-time */
            made_at?: string | null;
            plans: components["schemas"]["OwnPlansDto"];
            /**
             * Format: int64
             * @description 0: the shipped set.
             */
            version: number;
        };
        /** @description A street's plans. The `ETag` of the answer is what an edit names in `If-Match`. */
        PlansDto: {
            /** @description The street. */
            area_code: string;
            /** @description Filed and not yet begun, in the order of their versions. */
            coming: components["schemas"]["PlanVersionDto"][];
            in_force: components["schemas"]["PlanVersionDto"];
            /** @description Waiting for a second person, the oldest first. */
            proposals: components["schemas"]["PlanProposalDto"][];
            /** @description What is in force, kind by kind, as an alert meets it. */
            rows: components["schemas"]["PlanRowDto"][];
            /** @description The shipped set beneath it. */
            set: string;
            /**
             * Format: int64
             * @description The last version that is filed, begun or not; 0: none, the shipped set holds.
             */
            version: number;
        };
        /** @description A revision. */
        PlansIn: {
            common: components["schemas"]["PlanLimitsDto"];
            /**
             * Format: date-time
             * @description From when it is to hold; absent: at once.
             */
            from?: string | null;
            rules: components["schemas"]["PlanRuleDto"][];
        };
        /** @description A polygon: rings of longitude and latitude, the outer one first. */
        PolygonDto: {
            coordinates: number[][][];
            /** @description `Polygon`. */
            type: string;
        };
        /** @description A position in a request. */
        PositionIn: {
            /**
             * Format: float
             * @description The radius within which it holds, metres.
             */
            accuracy_m?: number | null;
            /** @description `wgs84`, `gcj02`, `bd09`. */
            crs: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description The practice as the caller sees it. */
        PracticeDto: {
            /** @description How many desks take part. */
            desks: number;
            /** @description The caller takes part. */
            joined: boolean;
            /** @description For a desk that takes part: who can be asked in its area. */
            responders: components["schemas"]["PractitionerDto"][];
            /**
             * Format: date-time
             * @description Until when, unless they leave before.
             */
            until?: string | null;
        };
        /** @description In or out. */
        PracticeIn: {
            on: boolean;
        };
        /** @description Somebody who can be asked. */
        PractitionerDto: {
            name: string;
            on_duty: boolean;
            responder_id: string;
        };
        /** @description Who is asked in a preview. */
        PreviewAskedDto: {
            /**
             * Format: int32
             * @description Travel time.
             */
            eta_s?: number | null;
            kind?: string | null;
            name?: string | null;
            /** @description Why they stand where they stand, as in a case's log. */
            reasons: string[];
            responder_id: string;
            tier: string;
        };
        /** @description Who would be told when, while nobody answers. Nothing was written and nobody was told. */
        PreviewDto: {
            /** Format: date-time */
            at: string;
            /** @description More happens than is shown. */
            cut: boolean;
            /** Format: int32 */
            door_s: number;
            /** @description `now`: at work as they are; `rota`: as the rota says, and who is on none as they are now. */
            duty: string;
            moments: components["schemas"]["PreviewMomentDto"][];
            /** @description The plan that was chosen. */
            plan: string;
            severity: string;
            /** @description It rings nobody, because the elder is away. */
            suppressed: boolean;
        };
        /** @description A case that is to be thought of. */
        PreviewIn: {
            /**
             * Format: date-time
             * @description When; absent: now. Within 31 days.
             */
            at?: string | null;
            draft?: components["schemas"]["OwnPlansDto"] | null;
            elder_id: string;
            /**
             * Format: int32
             * @description For how long nobody answers, 1 to 3600 seconds; absent: 900.
             */
            horizon_s?: number | null;
            /** @description What a device or a person may report. */
            kind: string;
            /** @description One can speak with them through the device. */
            voice_path?: boolean;
        };
        /** @description Who is not asked, and why. */
        PreviewLeftOutDto: {
            name?: string | null;
            reasons: string[];
            responder_id: string;
        };
        /** @description One second of a preview. */
        PreviewMomentDto: {
            asked: components["schemas"]["PreviewAskedDto"][];
            /**
             * Format: int32
             * @description Seconds after the alert.
             */
            at_s: number;
            /** @description The nearest of those who are not asked. */
            left_out: components["schemas"]["PreviewLeftOutDto"][];
            /** Format: int32 */
            left_out_count: number;
            /** @description People were looked for, and nobody was found. */
            nobody: boolean;
            /** @description The tier that owns the case afterwards. */
            owner?: string | null;
            /** @description `desk`, `duty_leader`, `next_seat`. */
            rings: string[];
            /** @description Steps of the ladder that fire. */
            steps: string[];
            told: components["schemas"]["PreviewToldDto"][];
        };
        /** @description Somebody is told. */
        PreviewToldDto: {
            /** @description By which channels at first; none: by the screen that they have open, or not at all. */
            channels: string[];
            /** @description The kind of notice, as in a case's notices. */
            kind: string;
            name?: string | null;
            /** @description Why no channel leads to them. */
            refused?: string | null;
            /** @description A responder, a contact, or the word of a role. */
            target: string;
        };
        /** @description A problem as it travels: `application/problem+json`. */
        ProblemDto: {
            /** @description A stable word that callers may rely on. */
            code: string;
            /** @description A sentence. */
            detail: string;
            errors?: components["schemas"]["FieldError"][];
            /** Format: int32 */
            status: number;
            /** @description Who leads the case (a responder), or holds it at a desk (an account), when that is why. */
            taken_by?: string | null;
            /** @description What the status says. */
            title: string;
            /** @description `urn:eldercare-dispatch:problem:` and the code. */
            type: string;
        };
        /** @description What proves it. For `second_look`, the other person must have posted `second-look` within 10 minutes. */
        ProofIn: {
            /** @description With `second_look`: who looked. */
            by?: string | null;
            /** @description `voice_contact`, `on_scene`, `second_look`, `none`. */
            type: string;
        };
        /** @description A language of devices. */
        ProtocolDto: {
            /**
             * @description The reference system that its devices mostly send (they pass on what their receiver says); none: its messages have no place of
             *     their own, or none is to be assumed. It is a proposal for the form: what counts is the file of the device, and where that says
             *     nothing this is assumed (`intake.tcp.crs_usual`).
             */
            crs_usual?: string | null;
            label: string;
            /** @description What is a number of a device in it, in words. */
            number_rule: string;
            /** @description `watch`, `gt06`, `jt808`, `h02`, `eelink`, `minifinder`, `eview`, `trv`, `blue`, `gator`, `queclink`, `gotop`, `gps103`, `pt502`, `taip`, `tk103`, `topin`, `mqtt`, `scaip`. */
            protocol: string;
        };
        /** @description A browser that is pushed to. */
        PushDeviceDto: {
            /** @description What its owner calls it. */
            device: string;
            id: string;
            /** Format: date-time */
            made_at: string;
        };
        /** @description A browser's consent: what `PushSubscription.toJSON()` gives, and a name for the device. */
        PushIn: {
            /** @description What its owner calls the device, at most 60 letters. */
            device: string;
            /** @description The push service's address for this browser. */
            endpoint: string;
            keys: components["schemas"]["PushKeysIn"];
        };
        /** @description What a browser wants to know before it agrees to be pushed to. */
        PushKeyDto: {
            /** @description Our public key, `applicationServerKey`: P-256 uncompressed, base64url without padding. */
            key: string;
        };
        /** @description The browser's keys, base64url without padding. */
        PushKeysIn: {
            auth: string;
            p256dh: string;
        };
        /** @description A page, and what is on no page. */
        QuarantinePageDto: {
            items: components["schemas"]["QuarantinedDto"][];
            /** @description The cursor of the next page; null: this is the last one. */
            next?: string | null;
            not_kept: components["schemas"]["NotKeptDto"];
        };
        /** @description One sender and what it claimed. */
        QuarantinedDto: {
            /** @description Who it said it is; `*` for what came beyond the bounds. */
            claimed_device: string;
            /** Format: int64 */
            count: number;
            /** Format: date-time */
            first_at: string;
            id: string;
            /** Format: date-time */
            last_at: string;
            /** @description `bad_key`. */
            reason: string;
            /** Format: date-time */
            seen_at?: string | null;
            seen_by?: string | null;
            /** @description The same sender has the same digest. */
            sender: string;
        };
        /** @description Hours, 0 to 23. */
        QuietHoursDto: {
            /** Format: int32 */
            from: number;
            /**
             * Format: int32
             * @description The first that is not quiet any more.
             */
            to: number;
        };
        /** @description How serious. */
        RaiseIn: {
            to: components["schemas"]["SeverityWord"];
        };
        /** @description How it was: a number or a word. */
        RatingIn: {
            /**
             * Format: int32
             * @description 1 (worst) to 5.
             */
            rating?: number | null;
            word?: components["schemas"]["RatingWord"] | null;
        };
        /**
         * @description The three words of the district's month sheet.
         * @enum {string}
         */
        RatingWord: "satisfied" | "fairly_satisfied" | "dissatisfied";
        /** @description By which ways somebody can be told. Of others the office sees no address but the first letter of a mailbox. */
        ReachDto: {
            /** @description Ways for which an address is on file, telephones of a responder's or contact's own file left out. */
            has: string[];
            /** @description `zh-CN`, `en`; none: the house's. */
            language?: string | null;
            mailbox?: string | null;
            /** @description Ways that are switched off. Of what is critical they are told all the same where no other way is left. */
            off: string[];
            /** @description Of an account without a responder: its telephones; the office sees their last two digits. */
            phones?: string[];
            /** @description Browsers that are pushed to; of one's own. */
            push?: components["schemas"]["PushDeviceDto"][];
            /** @description Of one's own: the id as a follower of the official account. */
            wechat_follower?: string | null;
            /** @description Of one's own: the id as a member of the street's WeCom. */
            wecom_member?: string | null;
        };
        /** @description By which ways somebody is to be told: what is left out is taken off the file. */
        ReachIn: {
            /** @description `zh-CN`, `en`. */
            language?: string | null;
            mailbox?: string | null;
            /** @description `web_push`, `email`, `sms`, `voice`, `wecom_app`, `wechat_template`. */
            off?: string[];
            /** @description Of an account that is no responder; responders and contacts have theirs in their own file. */
            phones?: string[];
            wechat_follower?: string | null;
            wecom_member?: string | null;
        };
        /** @description Somebody who can be there. */
        ReachedDto: {
            /** @description From a straight line. */
            estimated: boolean;
            /** Format: int32 */
            meters: number;
            mode: string;
            responder_id: string;
            /** Format: int32 */
            seconds: number;
        };
        /** @description What a sensor says; beside these fields whatever else it likes, which is kept as its last word. */
        ReadingIn: {
            /** @description Somebody is about, as the sensor says itself. */
            activity?: boolean | null;
            /**
             * Format: int32
             * @description Charge, percent.
             */
            battery_percent?: number | null;
            /** @description Of a bed. */
            in_bed?: boolean | null;
            /** @description Of an infrared sensor. */
            motion?: boolean | null;
            /**
             * Format: date-time
             * @description When it was so, by the sensor's clock; left out: now. One that lies ahead or is older than `desk.stale_after_s` counts as now.
             */
            occurred_at?: string | null;
            /** @description Of a door. */
            open?: boolean | null;
            /**
             * Format: double
             * @description Of a power meter: the load of now, watts.
             */
            power_w?: number | null;
            /**
             * Format: int32
             * @description Strength of the network, percent.
             */
            signal_percent?: number | null;
            /**
             * Format: double
             * @description Of a water meter that counts from reading to reading: litres since the last one.
             */
            used_l?: number | null;
            /**
             * Format: double
             * @description Of a water meter: what it has counted in all, litres.
             */
            water_l?: number | null;
        };
        /** @description Whether the service can do its work. */
        ReadyDto: {
            ready: boolean;
            /**
             * @description Why not: `store_not_readable`, `store_not_writable`, `not_migrated`, `clock_drift`, `clock_differs_from_database`,
             *     `alarms_fail` (the service's own alarm does not come through), `stopping`, each with a word more.
             */
            reasons: string[];
            /**
             * @description What does not hinder its work and wants somebody's look: `mqtt_link_down`, `mqtt_subscriptions_refused`, each with the
             *     broker's name and since when; `notices_late`: somebody has not been told of what is critical for more than 10 s, by whichever
             *     way; `dead_man_missing`: nobody outside is told that the service is well, `dead_man_unheard`: the outside could not be told, since
             *     when; `device_lines_refused`: lines of devices from an address of the network are turned away, since when; `canary_failed`: the
             *     monthly try of a way out of the house has not come through for a street, since when and why;
             *     `district_link_down`, since when and how many records behind: the line of this street to its district;
             *     `register_not_read`, with how many rows have been read: it has just been started, takes
             *     alerts, and whoever looks at people waits a moment.
             */
            warnings?: string[];
        };
        /** @description An elder who should be assessed anew. */
        ReassessDto: components["schemas"]["ElderBrief"] & components["schemas"]["FallsDto"] & {
            area_code: string;
            /**
             * Format: date
             * @description The day of the last assessment; absent: never.
             */
            assessed_on?: string | null;
            code: string;
        };
        /**
         * @description A receipt, signed as our own messages are: headers `webhook-id` (the id of the notice), `webhook-timestamp` and
         *     `webhook-signature`.
         */
        ReceiptIn: {
            /** @description True, and nothing else. */
            received: boolean;
        };
        /** @description How it was received. */
        ReceivedIn: {
            /** @description By a voice call rather than a screen. */
            by_call?: boolean;
        };
        /** @description Where a recording is. */
        RecordingDto: {
            /** @description The provider's own name or address of it. */
            recording: string;
        };
        /** @description To whom. */
        ReferIn: {
            /** @description Why, in words; must be given to the district, which reads it. Sealed. */
            reason?: string | null;
            /** @description `120`, `110`, `119`, `police_grid`, `district`. */
            to: string;
        };
        /** @description An answer to a hand-over. */
        ReferralAnswerDto: {
            /** @description `acknowledged`, `advice`, `taken`, `declined`. */
            answer: string;
            /** Format: date-time */
            at: string;
            /** @description The note that has its words. */
            note: string;
        };
        /** @description A hand-over to another body. */
        ReferralDto: {
            /** Format: date-time */
            acknowledged_at?: string | null;
            /** @description What the other body has answered over a line of its own, oldest first; the words are notes of the case. */
            answers?: components["schemas"]["ReferralAnswerDto"][];
            /** Format: date-time */
            at: string;
            /**
             * @description For the desk, of a hand-up that has not arrived at the district yet and may wait for a cut line: the telephone to call instead;
             *     empty where none is configured.
             */
            call_instead?: string | null;
            /** @description How the sheet of the case went over: `read_out`, `printed`, `sent`; `line`: the district has it by its own line. */
            handed?: string[];
            id: string;
            /** @description `120`, `110`, `119`, `police_grid`, `district`. */
            to: string;
            /**
             * Format: date-time
             * @description When somebody wrote why no acknowledgement is waited for.
             */
            waived_at?: string | null;
        };
        /** @description A refresh token. */
        RefreshIn: {
            refresh_token: string;
        };
        /** @description One change of the register. */
        RegisterEventDto: {
            after?: Record<string, never> | null;
            /** Format: date-time */
            at: string;
            /** @description The file before. */
            before?: Record<string, never> | null;
            by: string;
            /** @description `filed`, `edited`, … */
            what: string;
        };
        /** @description A line of the register's log. */
        RegisterLineDto: {
            after?: Record<string, never> | null;
            /** Format: date-time */
            at: string;
            /** @description As it was. */
            before?: Record<string, never> | null;
            by: string;
            by_name: string;
            /** @description The id of what was changed, or the words by which it is filed. */
            subject: string;
            /** @description `filed`, `edited`, `imported`, `password_renewed`, … */
            what: string;
        };
        /** @description Why. */
        ReopenIn: {
            /** @description Kept as a sealed note. */
            reason: string;
        };
        /** @description What takes its place. */
        ReplaceIn: {
            /** @description The new one; one that is filed already and nobody's is found by its label or code. */
            device: components["schemas"]["DeviceIn"];
            /** @description `broken`, `lost`, `returned`, `left`, `mistake`, `other`. */
            reason: string;
        };
        /** @description The old device and the new one. */
        ReplacedDto: {
            new: components["schemas"]["DeviceDto"];
            old: components["schemas"]["DeviceDto"];
        };
        /** @description A device, and how often it called for nothing. */
        ReportDeviceDto: {
            /** @description The street's own number of it, where it is on file. */
            code?: string | null;
            device_id: string;
            false_alarms: number;
        };
        /** @description The figures of some calls. */
        ReportFiguresDto: {
            /** @description Rate of response: answered by a person, of all calls. */
            answered: components["schemas"]["ReportShareDto"];
            calls: number;
            /** @description Critical at last. */
            critical: number;
            /** @description Faults of a device, of the calls that have ended. */
            device_faults: components["schemas"]["ReportShareDto"];
            /** @description False alarms, of the calls that have ended. */
            false_alarms: components["schemas"]["ReportShareDto"];
            /** @description At the door within 15 minutes, of the calls for which somebody had to come. */
            in_time: components["schemas"]["ReportShareDto"];
            /** @description Rate of solution: ended otherwise than by reaching nobody, of all calls. */
            solved: components["schemas"]["ReportShareDto"];
            /** @description To the first yes. */
            to_accept: components["schemas"]["ReportSpreadDto"];
            /** @description To the first answer of a person: somebody at a desk, or the first yes. */
            to_answer: components["schemas"]["ReportSpreadDto"];
            /** @description To the right door. */
            to_arrive: components["schemas"]["ReportSpreadDto"];
        };
        /** @description What somebody at a desk carried. */
        ReportLoadDto: {
            /** @description Calls that they took first, by the hour of the day: 24 of them. */
            hours: number[];
            user_id: string;
            username?: string | null;
        };
        /** @description The figures of one part of the month. */
        ReportPartDto: components["schemas"]["ReportFiguresDto"] & {
            /** @description A kind, a tier, or the code of an area. */
            key: string;
            /** @description Of an area: its name. */
            name?: string | null;
        };
        /** @description So many of so many. */
        ReportShareDto: {
            of: number;
            part: number;
        };
        /** @description How long something took, seconds. */
        ReportSpreadDto: {
            /** @description Calls that have this time. */
            count: number;
            /**
             * Format: int64
             * @description The longest.
             */
            most?: number | null;
            /** Format: int64 */
            p50?: number | null;
            /** Format: int64 */
            p90?: number | null;
            /** Format: int64 */
            p99?: number | null;
        };
        /** @description The worst call of the month. */
        ReportWorstDto: {
            case_id: string;
            number: string;
            /** @description Nobody ever stood there. */
            unreached: boolean;
            /**
             * Format: int64
             * @description How long somebody waited for the door, seconds.
             */
            waited_s: number;
        };
        /** @description What came of an alert. */
        ReportedDto: {
            alert_id: string;
            case_id: string;
            case_number: string;
            /** @description It joined a case that was open. */
            joined: boolean;
            /** @description What was odd about it: short stable words. */
            warnings: string[];
        };
        /** @description For whom, what and when. */
        RequestIn: {
            elder_id: string;
            /** @description For whoever does it, at most 4,000 letters; kept sealed. */
            note?: string | null;
            wish: components["schemas"]["WishIn"];
        };
        /** @description What came of a request. */
        RequestedDto: {
            case_id: string;
            case_number: string;
            service: components["schemas"]["ServiceDto"];
        };
        /** @description Once more. */
        ResendIn: {
            /** @description By another channel or carrier, as the configuration names it; left out: by the same. */
            by?: string | null;
            /** @description Why, at most 4,000 letters; kept sealed, as a note of the case. */
            reason?: string | null;
        };
        /** @description The new row. */
        ResentDto: {
            id: string;
        };
        /** @description How. */
        ResolveIn: {
            /** @description `helped`, `handed_over`, `false_alarm`, `fine_by_voice`, `device_fault`, `service_done`, `service_cancelled` (of one that was taken back), `suspected_death`. */
            outcome: string;
        };
        /** @description Somebody who can be sent. */
        ResponderDto: {
            /** @description Area codes where they work. */
            areas: string[];
            base?: components["schemas"]["PlaceDto"] | null;
            /** Format: int32 */
            capacity: number;
            code: string;
            /** Format: date-time */
            duty_since: string;
            id: string;
            kind: string;
            /** @description `walk`, `ebike`, `car`. */
            mode: string;
            name: string;
            on_duty: boolean;
            /** Format: int32 */
            party_size: number;
            position?: components["schemas"]["FixDto"] | null;
            skills: string[];
            tier: components["schemas"]["TierWord"];
        };
        /** @description Whom. */
        ResponderIn: {
            responder_id: string;
        };
        /** @description Whether a file rests, and since when. */
        RestIn: {
            /**
             * Format: date
             * @description The day on which it happened.
             */
            on: string;
            /**
             * @description Needed where a file is taken up again: whose mistake, or why they are back. At most 200 letters; nothing that may not outlive the
             *     file.
             */
            reason?: string | null;
            /** @description `active` (taken up again), `moved_away`, `deceased`. */
            status: string;
        };
        /** @description Until when. */
        ReviewIn: {
            /**
             * Format: date-time
             * @description At most 24 hours away.
             */
            until: string;
        };
        /** @description A count and what of it is free. */
        RoomDto: {
            /** Format: int32 */
            free: number;
            /** Format: int32 */
            total: number;
        };
        /** @description A week as it usually is. */
        RotaWeekDto: {
            lines: components["schemas"]["WeekLineDto"][];
            name: string;
        };
        /** @description A street's usual weeks. The `ETag` is what an edit names in `If-Match`. */
        RotaWeeksDto: {
            area_code: string;
            /** Format: int64 */
            version: number;
            weeks: components["schemas"]["RotaWeekDto"][];
        };
        /** @description A street's weeks as they are to be. */
        RotaWeeksIn: {
            /** @description At most 20, each with at most 280 shifts. */
            weeks: components["schemas"]["RotaWeekDto"][];
        };
        /** @description A round of checks. */
        RoundDto: {
            /** @description Whoever is not known to be well first; of these who is still dark, then whoever needs current to live, then by need. */
            items: components["schemas"]["CheckDto"][];
        };
        /** @description A round in the order in which it is walked. */
        RouteDto: {
            /**
             * Format: date-time
             * @description When the last visit is over.
             */
            ends_at: string;
            /** Format: double */
            from_lat: number;
            /** Format: double */
            from_lon: number;
            left_out: components["schemas"]["LeftOutDto"][];
            mode: string;
            /** Format: date-time */
            starts_at: string;
            stops: components["schemas"]["RouteStopDto"][];
        };
        /** @description A round that is to be planned. */
        RouteIn: {
            /**
             * Format: int32
             * @description Also what is due within so many days, 0 to 31.
             */
            ahead_days?: number | null;
            /** @description Only these of the caller's visits; all that are due when left out. */
            elder_ids?: string[] | null;
            from?: components["schemas"]["PositionIn"] | null;
            /**
             * Format: int32
             * @description The circle, minutes from the start, 1 to 60; 15 when left out. Who lives beyond is named apart.
             */
            minutes?: number | null;
            /** @description `walk`, `ebike`, `car`; as the caller travels when left out. */
            mode?: string | null;
            /**
             * Format: date-time
             * @description When it begins; now when left out.
             */
            start_at?: string | null;
        };
        /** @description One door of a round. */
        RouteStopDto: components["schemas"]["VisitToMakeDto"] & {
            /** Format: date-time */
            arrives_at: string;
            /**
             * Format: date-time
             * @description After a wait for the elder's hours, where there is one.
             */
            begins_at: string;
            /** @description From a straight line instead of roads. */
            estimated: boolean;
            /**
             * Format: int32
             * @description From the door before, metres.
             */
            meters: number;
            /**
             * Format: int32
             * @description From the door before, seconds.
             */
            travel_s: number;
        };
        /** @description Something about one cell. */
        RowErrorDto: {
            /** @description As a spreadsheet names it: `C12`; none for a whole row. */
            cell?: string | null;
            /** @description The column of the sheet; empty: the row as a whole. */
            column: string;
            /**
             * Format: int64
             * @description From 1, blank lines counted; 0: the file as a whole.
             */
            line: number;
            /** @description One sentence. */
            message: string;
            /** @description What stands there, cut; never of a sealed column. */
            value?: string | null;
        };
        /** @description A change of an elder's own rules. */
        RuleChangeDto: {
            /** Format: date-time */
            at: string;
            by: string;
            /** @description As `own`, from then on. */
            rules: Record<string, never>;
        };
        /** @description The limits that a rule sets itself; what is absent is as the common limits say. */
        RuleLimitsDto: {
            /**
             * Format: int32
             * @default null
             */
            ask_first: number | null;
            /**
             * Format: int32
             * @default null
             */
            ask_wide: number | null;
            /**
             * Format: int32
             * @default null
             */
            backups: number | null;
            /**
             * Format: int32
             * @default null
             */
            checkin_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            contact_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            depart_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            door_s: number | null;
            /** @default null */
            family_at_opening: boolean | null;
            /**
             * Format: int32
             * @default null
             */
            family_try_s: number | null;
            /** @default null */
            key_fine: boolean | null;
            /**
             * Format: int32
             * @default null
             */
            look_s: number | null;
            /** @default null */
            pair: boolean | null;
            /**
             * Format: int32
             * @default null
             */
            progress_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            referral_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            replace_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            ring_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            silence_call_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            silence_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            station_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            untouched_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            voice_street_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            voice_widen_s: number | null;
            /**
             * Format: int32
             * @default null
             */
            window_s: number | null;
        };
        /** @description What the family says. */
        SaidIn: {
            /**
             * @description `seen`: I know. `going`: I am going there too. `false_alarm`: I spoke with them, nothing is wrong. `urge`: how is it
             *     getting on? The desk is rung once more.
             */
            said: string;
        };
        /** @description A place as a device says it. */
        SaidPlaceDto: {
            /**
             * Format: double
             * @description Degrees north.
             */
            lat: number;
            /**
             * Format: double
             * @description Degrees east.
             */
            lon: number;
        };
        /** @description What became of a press. */
        ScreenCaseDto: {
            /** @description Who leads first; what they are and their family name. */
            coming: components["schemas"]["ComingDto"][];
            id: string;
            kind: string;
            /** Format: date-time */
            opened_at: string;
            service?: components["schemas"]["ServiceDto"] | null;
            state: components["schemas"]["StateWord"];
            /** @description Somebody at the command centre has it in hand. */
            taken: boolean;
            /** @description The press was taken back: a mark, people come all the same until the centre has asked. */
            withdrawn: boolean;
        };
        /** @description What the screen shows. */
        ScreenDto: {
            /** @description Open cases, the newest first: calls for help and requests for service. */
            cases: components["schemas"]["ScreenCaseDto"][];
            /** @description Of the command centre. */
            centre_phone?: string | null;
            /** @description The name of whom it stands beside; absent of a device of nobody, or of a home with several. */
            name?: string | null;
            /**
             * Format: date-time
             * @description The service's clock.
             */
            now: string;
        };
        /** @description A sensor. */
        SensorDto: {
            /**
             * Format: date-time
             * @description When it last said that somebody was about; absent: never.
             */
            active_at?: string | null;
            code: string;
            device_id: string;
            kind: string;
        };
        /**
         * @description What the service says. `C` is the case as the viewer may see it now: the same object as `GET /api/v1/cases/{id}` answers.
         *
         *     After the hello: `welcome`, then `snapshot` or (resumed) what was missed, then changes and pings as they come. A client
         *     keeps the newest `cursor` and brings it when it connects again. A `snapshot` replaces all that it had.
         */
        ServerFrame_CaseDto: {
            /** @description Which history this is; it changes when a store is restored. */
            epoch: string;
            /**
             * Format: int32
             * @description A client that has a case open says so at least this often, seconds; 0: it is not asked.
             */
            looking_every_s?: number;
            /**
             * Format: date-time
             * @description The service's clock: countdowns are by this one.
             */
            now: string;
            /**
             * Format: int32
             * @description A `ping` comes at least this often, seconds; after two and a half times as long the client is cut off.
             */
            ping_every_s: number;
            /** @enum {string} */
            type: "welcome";
            /** @description Whom the service takes the client for. */
            you: components["schemas"]["You"];
        } | {
            /** @description The cases, oldest first. */
            cases: {
                /**
                 * Format: int32
                 * @description How many alerts are in it.
                 */
                alerts: number;
                /** @description Where it belongs, at most to the community before acceptance. */
                area_code: string;
                area_name?: string | null;
                assignments: components["schemas"]["AssignmentDto"][];
                /** @description That came by a key in an automatic call; nobody has heard a voice, and it proves none. */
                by_key?: boolean;
                /** Format: date-time */
                closed_at?: string | null;
                /** @description Somebody was with the elder. */
                contact: boolean;
                /**
                 * Format: date-time
                 * @description When somebody must be at the door.
                 */
                door_by?: string | null;
                /** @description Nobody was at the door in time. */
                door_late: boolean;
                /** @description An exercise. */
                drill: boolean;
                elder?: components["schemas"]["ElderBrief"] | null;
                /** @description What the family has said on their page, oldest first: marks only. */
                family?: components["schemas"]["FamilyMarkDto"][];
                /** @description The follow-up that its closing has opened. */
                follow_up?: string | null;
                /** @description What a follow-up or a welfare review has found: `well`, `needs_service`, `needs_help`, `declined`. */
                found?: string | null;
                household?: components["schemas"]["HouseholdBrief"] | null;
                id: string;
                /** @description Who was with the elder in that case when this one began: they were called. */
                inside?: string[];
                kind: string;
                lane: components["schemas"]["LaneWord"];
                /** @description Its first alert came late. */
                late: boolean;
                /** @description The earlier case that it continues. */
                linked?: string | null;
                /**
                 * Format: date-time
                 * @description When something is due next: of the case for a desk, of the viewer for a responder.
                 */
                next_due_at?: string | null;
                /** @description What is due then. */
                next_due_kind?: string | null;
                /** @description Nobody opened. */
                no_entry: boolean;
                /** @description For people: `20260301-120114001-0007`. */
                number: string;
                offers: components["schemas"]["OfferDto"][];
                /** Format: date-time */
                opened_at: string;
                /** @description Where else to look: the last position is stale or vague, so that the door and the position both count. */
                other_places?: components["schemas"]["PlaceDto"][];
                outcome?: string | null;
                /** @description Two go inside together: who is first waits at the door and speaks with the elder. */
                pair?: boolean;
                /** @description Of a technical case: about which part of the subject, `{type, id}`: device, carrier. */
                part?: Record<string, never> | null;
                place?: components["schemas"]["PlaceDto"] | null;
                plan?: components["schemas"]["PlanDto"] | null;
                /** @description Of a technical case: what was the matter is over by itself, and whoever has it in hand closes it. */
                recovered?: boolean;
                referrals: components["schemas"]["ReferralDto"][];
                /**
                 * Format: int32
                 * @description How many times the desk was rung.
                 */
                rounds: number;
                /** @description Of a follow-up: how satisfied somebody is with the help that came: `satisfied`, `mostly_satisfied`, `dissatisfied`. */
                satisfaction?: string | null;
                service?: components["schemas"]["ServiceDto"] | null;
                severity: components["schemas"]["SeverityWord"];
                state: components["schemas"]["StateWord"];
                /** @description `{type, id}`: elder, household, device, area, responder, unknown. */
                subject?: Record<string, never> | null;
                taken_by?: string | null;
                /**
                 * Format: date-time
                 * @description When the take lapses unless its holder does something about the case; absent when nobody holds it.
                 */
                taken_until?: string | null;
                tier: components["schemas"]["TierWord"];
                /** @description The desk rings for it. */
                tone: boolean;
                /**
                 * Format: int32
                 * @description Of a follow-up or a welfare review: how often nobody was reached.
                 */
                tries?: number;
                /**
                 * Format: date-time
                 * @description It came late with many others: when its people are asked by themselves. Until then only the desk rings.
                 */
                turn_at?: string | null;
                /** @description Critical, and nobody touched it in time. */
                untouched: boolean;
                /**
                 * Format: int32
                 * @description How many records its log has.
                 */
                version: number;
                voice?: string | null;
                /** @description Somebody can speak with the elder through the device. */
                voice_path: boolean;
                /** @description The device took an alert back: a mark only. */
                withdrawn: boolean;
            }[];
            /** @description Where the client stands now. */
            cursor: string;
            /** @enum {string} */
            type: "snapshot";
        } | {
            /** @description A case as its viewer may see it. What is absent is not theirs, or does not exist. */
            case: {
                /**
                 * Format: int32
                 * @description How many alerts are in it.
                 */
                alerts: number;
                /** @description Where it belongs, at most to the community before acceptance. */
                area_code: string;
                area_name?: string | null;
                assignments: components["schemas"]["AssignmentDto"][];
                /** @description That came by a key in an automatic call; nobody has heard a voice, and it proves none. */
                by_key?: boolean;
                /** Format: date-time */
                closed_at?: string | null;
                /** @description Somebody was with the elder. */
                contact: boolean;
                /**
                 * Format: date-time
                 * @description When somebody must be at the door.
                 */
                door_by?: string | null;
                /** @description Nobody was at the door in time. */
                door_late: boolean;
                /** @description An exercise. */
                drill: boolean;
                elder?: components["schemas"]["ElderBrief"] | null;
                /** @description What the family has said on their page, oldest first: marks only. */
                family?: components["schemas"]["FamilyMarkDto"][];
                /** @description The follow-up that its closing has opened. */
                follow_up?: string | null;
                /** @description What a follow-up or a welfare review has found: `well`, `needs_service`, `needs_help`, `declined`. */
                found?: string | null;
                household?: components["schemas"]["HouseholdBrief"] | null;
                id: string;
                /** @description Who was with the elder in that case when this one began: they were called. */
                inside?: string[];
                kind: string;
                lane: components["schemas"]["LaneWord"];
                /** @description Its first alert came late. */
                late: boolean;
                /** @description The earlier case that it continues. */
                linked?: string | null;
                /**
                 * Format: date-time
                 * @description When something is due next: of the case for a desk, of the viewer for a responder.
                 */
                next_due_at?: string | null;
                /** @description What is due then. */
                next_due_kind?: string | null;
                /** @description Nobody opened. */
                no_entry: boolean;
                /** @description For people: `20260301-120114001-0007`. */
                number: string;
                offers: components["schemas"]["OfferDto"][];
                /** Format: date-time */
                opened_at: string;
                /** @description Where else to look: the last position is stale or vague, so that the door and the position both count. */
                other_places?: components["schemas"]["PlaceDto"][];
                outcome?: string | null;
                /** @description Two go inside together: who is first waits at the door and speaks with the elder. */
                pair?: boolean;
                /** @description Of a technical case: about which part of the subject, `{type, id}`: device, carrier. */
                part?: Record<string, never> | null;
                place?: components["schemas"]["PlaceDto"] | null;
                plan?: components["schemas"]["PlanDto"] | null;
                /** @description Of a technical case: what was the matter is over by itself, and whoever has it in hand closes it. */
                recovered?: boolean;
                referrals: components["schemas"]["ReferralDto"][];
                /**
                 * Format: int32
                 * @description How many times the desk was rung.
                 */
                rounds: number;
                /** @description Of a follow-up: how satisfied somebody is with the help that came: `satisfied`, `mostly_satisfied`, `dissatisfied`. */
                satisfaction?: string | null;
                service?: components["schemas"]["ServiceDto"] | null;
                severity: components["schemas"]["SeverityWord"];
                state: components["schemas"]["StateWord"];
                /** @description `{type, id}`: elder, household, device, area, responder, unknown. */
                subject?: Record<string, never> | null;
                taken_by?: string | null;
                /**
                 * Format: date-time
                 * @description When the take lapses unless its holder does something about the case; absent when nobody holds it.
                 */
                taken_until?: string | null;
                tier: components["schemas"]["TierWord"];
                /** @description The desk rings for it. */
                tone: boolean;
                /**
                 * Format: int32
                 * @description Of a follow-up or a welfare review: how often nobody was reached.
                 */
                tries?: number;
                /**
                 * Format: date-time
                 * @description It came late with many others: when its people are asked by themselves. Until then only the desk rings.
                 */
                turn_at?: string | null;
                /** @description Critical, and nobody touched it in time. */
                untouched: boolean;
                /**
                 * Format: int32
                 * @description How many records its log has.
                 */
                version: number;
                voice?: string | null;
                /** @description Somebody can speak with the elder through the device. */
                voice_path: boolean;
                /** @description The device took an alert back: a mark only. */
                withdrawn: boolean;
            };
            /** @description Where the client stands now. */
            cursor: string;
            /** @enum {string} */
            type: "changed";
        } | {
            /** @description Where the client stands now. */
            cursor: string;
            /** @description Which case. */
            id: string;
            /** @enum {string} */
            type: "gone";
        } | {
            /** @description By case. */
            lookers: components["schemas"]["Looker"][];
            /** @enum {string} */
            type: "lookers";
        } | {
            /** @description By case. */
            calls: components["schemas"]["CallNow"][];
            /** @enum {string} */
            type: "calls";
        } | {
            /**
             * Format: date-time
             * @description Since when the service's own alarm does not come through; absent while it does.
             */
            alarms_fail_since?: string | null;
            /**
             * Format: date-time
             * @description Since when a way out of the house has failed its monthly try; absent while all have come through.
             */
            canary_failed_since?: string | null;
            /** @description Where the client stands now. */
            cursor: string;
            /**
             * Format: date-time
             * @description Since when somebody has not been told of what is critical, for more than 10 s; absent while nobody waits so long.
             */
            notices_late_since?: string | null;
            /**
             * Format: date-time
             * @description The service's clock.
             */
            now: string;
            /** @enum {string} */
            type: "ping";
        };
        /** @description A request as far as a case shows one. */
        ServiceDto: {
            /**
             * Format: date-time
             * @description The time that it proposes, or that is agreed.
             */
            at?: string | null;
            /** @description `living`, `medical`. */
            circle: string;
            declined: string[];
            /**
             * Format: date-time
             * @description Not before; absent: as soon as it can be.
             */
            from?: string | null;
            /** @description The call for help that it was turned into. */
            help_case_id?: string | null;
            nearest?: components["schemas"]["StationAskDto"] | null;
            /** @description No station within the fifteen minutes fits. */
            outside_circle: boolean;
            /** @description The agreed time is long over. */
            overdue: boolean;
            /**
             * Format: int32
             * @description 1 (worst) to 5.
             */
            rating?: number | null;
            /** @description `meal`, `bath`, … */
            service: string;
            /** @description It did not answer in time. */
            silent: boolean;
            /** @description `wished`, `asked`, `proposed`, `agreed`, `done`, `cancelled`. */
            stage: string;
            station?: components["schemas"]["StationAskDto"] | null;
            /** Format: date-time */
            until?: string | null;
            /** @description `to_home`, `to_station`. */
            way: string;
        };
        /** @description A kind of service. */
        ServiceKindDto: {
            /** @description `living`, `medical`. */
            circle: string;
            /** @description In Chinese. */
            label: string;
            /**
             * @description `meal`, `bath`, `cleaning`, `shopping`, `walking`, `errand`, `respite`, `doctor`, `home_doctor`, `nursing`, `medicine`,
             *     `rehabilitation`.
             */
            service: string;
            /** @description Meant when nobody says which. */
            usual_way: string;
            /** @description In which ways it can be given: `to_home`, `to_station`. */
            ways: string[];
        };
        /** @description What services there are. */
        ServiceKindsDto: {
            services: components["schemas"]["ServiceKindDto"][];
        };
        /**
         * @description How serious.
         * @enum {string}
         */
        SeverityWord: "technical" | "routine" | "urgent" | "critical";
        /** @description A column of a sheet. */
        SheetColumnDto: {
            name: string;
            /** @description The header must have it, and each row a value. */
            required: boolean;
            /** @description Its values are sealed, and in no message. */
            sealed: boolean;
            zh: string;
        };
        /** @description A sheet that can be brought in. */
        SheetDto: {
            /** @description In the order of the template. */
            columns: components["schemas"]["SheetColumnDto"][];
            /** @description `areas`, `responders`, `elders`, `contacts`, `chains`, `devices`, `stations`, `duty`. */
            sheet: string;
            zh: string;
        };
        /** @description Whether the sheet of each month comes by mail. */
        SheetMailDto: {
            /**
             * Format: date-time
             * @description When the next is due.
             */
            due_at?: string | null;
            /** @description Where to, as they have filed it. */
            mailbox?: string | null;
            /** @description The street sends mails at all. */
            mails: boolean;
            on: boolean;
            /** @description The month of the last that was sent, `2026-11`. */
            sent_month?: string | null;
            /** @description Why the last one was not sent, in stable words. */
            why?: string | null;
        };
        /** @description The wish. */
        SheetMailIn: {
            /** @description A mailbox; left out: the one on file. */
            mailbox?: string | null;
            on: boolean;
        };
        /** @description The sheets. */
        SheetsDto: {
            /** @description In the order in which one refers only to what came before. */
            items: components["schemas"]["SheetDto"][];
        };
        /** @description One shift of the caller's. */
        ShiftDto: {
            /** Format: date-time */
            from: string;
            /** @description In somebody else's place. */
            stands_in: boolean;
            /** @description The parts of it in which somebody else is there instead. */
            taken_over?: components["schemas"]["SpanDto"][];
            /** Format: date-time */
            until: string;
        };
        /** @description A shift to be filed. One of the same person and beginning is replaced. */
        ShiftIn: {
            /** Format: date-time */
            from: string;
            responder_id: string;
            /** @description In whose place. */
            stands_in_for?: string | null;
            /**
             * Format: date-time
             * @description At most 36 hours after `from`.
             */
            until: string;
        };
        /** @description A shift to be taken off the rota. */
        ShiftWithdrawIn: {
            /** Format: date-time */
            from: string;
            /** @description 1 to 200 letters. */
            reason: string;
            responder_id: string;
        };
        /** @description Shifts as they were filed. */
        ShiftsFiledDto: {
            items: components["schemas"]["ShiftIn"][];
        };
        /** @description Shifts to be filed, all or none. */
        ShiftsIn: {
            /** @description 1 to 500. */
            shifts: components["schemas"]["ShiftIn"][];
        };
        /** @description A name and a password. */
        SignIn: {
            password: string;
            username: string;
        };
        /** @description How to sign out. */
        SignOut: {
            /** @description Every session of the account, access tokens as well. */
            everywhere?: boolean;
            /** @description The session to end. */
            refresh_token?: string | null;
        };
        /** @description Who has signed a case of a hand-over. */
        SignatureDto: {
            /** Format: date-time */
            at: string;
            by: components["schemas"]["PersonDto"];
            case_id: string;
            /** @description The case's number. */
            number: string;
            /**
             * Format: int32
             * @description How many records the case's log had: what was read.
             */
            version: number;
        };
        /** @description Part of a shift. */
        SpanDto: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            until: string;
        };
        /**
         * @description The life of a case.
         * @enum {string}
         */
        StateWord: "ringing" | "engaged" | "on_scene" | "resolved" | "closed";
        /** @description A station in whose hands a request is, or could be. */
        StationAskDto: {
            /** @description From a straight line, not from roads. */
            estimated: boolean;
            /** Format: int32 */
            meters?: number | null;
            /** @description `walk` (at an elder's pace), `ebike`, `car`. */
            mode: string;
            /** @description Absent: it is on file no more. */
            name?: string | null;
            /** @description `inside`, `edge`, `outside` of the fifteen minutes. */
            reach: string;
            /**
             * Format: int32
             * @description Travel time in the direction of the wish, seconds.
             */
            seconds?: number | null;
            station_id: string;
        };
        /** @description A station. Its telephone is sealed and not here. */
        StationDto: {
            address: string;
            area_code: string;
            /** Format: int32 */
            beds_free?: number | null;
            /** @description `emergency`, `living`, `medical`. */
            circle: string;
            /** @description When it is open, in its own words. */
            hours?: string | null;
            id: string;
            /**
             * @description `health_station`, `hospital`, `pharmacy`, `canteen`, `day_care`, `care_home`, `home_service`, `police_post`, `fire_post`,
             *     `aed`, `command_centre`.
             */
            kind: string;
            /**
             * Format: double
             * @description WGS-84; absent: nobody has put it on the map.
             */
            lat?: number | null;
            /** Format: double */
            lon?: number | null;
            name: string;
        };
        /** @description A station with all that is said of it. The `ETag` of the answer is what an edit names in `If-Match`. */
        StationFileDto: {
            /** @description `emergency`, `living`, `medical`. */
            circle: string;
            code: string;
            /** @description What it gives all in all. */
            gives_now: string[];
            id: string;
            station: components["schemas"]["StationFileIn"];
            /**
             * Format: int64
             * @description Rises with each change.
             */
            version: number;
        };
        /** @description A station as it is to be. What is left out is unsaid: the usual of its kind, or unknown. */
        StationFileIn: {
            address: string;
            /** @description 9, 12 or 15 digits. */
            area_code: string;
            beds?: components["schemas"]["RoomDto"] | null;
            /** @description `wgs84`, `gcj02`, `bd09`; needed with `lat` and `lon`. */
            crs?: string | null;
            /** @description `meal`, `bath`, …; what is usual of its kind when left out. */
            gives?: string[] | null;
            holidays?: components["schemas"]["HolidayDto"][];
            /** @description As on the door, for people. */
            hours?: string | null;
            /**
             * @description `health_station`, `hospital`, `pharmacy`, `canteen`, `day_care`, `care_home`, `home_service`, `police_post`, `fire_post`,
             *     `aed`, `command_centre`.
             */
            kind: string;
            /** Format: double */
            lat?: number | null;
            /** Format: double */
            lon?: number | null;
            /** @description How whoever it sends travels: `walk`, `ebike` (when left out), `car`. */
            mode?: string | null;
            name: string;
            places?: components["schemas"]["RoomDto"] | null;
            /** @description Responders who answer for it. */
            staff?: string[];
            /** @description For the routing. */
            week?: components["schemas"]["OpenHoursDto"][];
        };
        /** @description Which station. */
        StationIn: {
            /** @description Left out: the nearest that fits and has not declined. */
            station_id?: string | null;
        };
        /** @description A station that could be asked, and why it is or is not. */
        StationOptionDto: {
            address: string;
            /** @description It can be asked. */
            fits: boolean;
            hours?: string | null;
            kind: string;
            /**
             * @description Everything against it: `no_position`, `closed`, `holiday`, `full`, `declined`, `no_way`, `outside_circle`. What speaks for
             *     it stands there as well: `open`, `hours_unknown`, `places_free:<n>`.
             */
            reasons: string[];
            station: components["schemas"]["StationAskDto"];
        };
        /** @description The stations for a wish. */
        StationOptionsDto: {
            /** @description Nobody knows where the elder is to be found. */
            home_unknown: boolean;
            nearest_outside?: components["schemas"]["StationAskDto"] | null;
            /** @description Stations that do not give this service: counted, not named. */
            other_service: number;
            /** @description Those that can be asked first, the nearest on top. */
            stations: components["schemas"]["StationOptionDto"][];
        };
        /** @description A request as the station reads it that it is put to. */
        StationRequestDto: {
            /** @description Where the elder is to be found. */
            address: string;
            case_id: string;
            case_number: string;
            elder_name: string;
            /** @description What whoever asked has written for it. */
            notes: string[];
            service: components["schemas"]["ServiceDto"];
        };
        /** @description Where somebody stays who is away. */
        StaysDto: {
            address: string;
            /**
             * Format: date
             * @description The first day at home again.
             */
            until: string;
        };
        /** @description A step of the ladder. */
        StepDto: {
            /**
             * Format: int32
             * @description Seconds after receipt.
             */
            at_s: number;
            /** @description It has fired. */
            fired: boolean;
            what: string;
        };
        /** @description An area of a street. */
        StreetAreaDto: {
            area_code: string;
            area_name?: string | null;
        };
        /** @description A case of a street, as the district sees it. */
        StreetCaseDto: {
            area?: components["schemas"]["StreetAreaDto"] | null;
            /**
             * Format: date-time
             * @description When somebody must be at the door.
             */
            door_by?: string | null;
            door_late: boolean;
            /**
             * Format: date-time
             * @description When it is looked at next.
             */
            due_at?: string | null;
            id: string;
            /** @description What was reported. */
            kind: string;
            number: string;
            /** Format: date-time */
            opened_at: string;
            severity: components["schemas"]["SeverityWord"];
            state: components["schemas"]["StateWord"];
            tier: components["schemas"]["TierWord"];
            unanswered: boolean;
        };
        /** @description How a street stands. */
        StreetDto: {
            areas: components["schemas"]["StreetAreaDto"][];
            /**
             * Format: int32
             * @description Open cases, by severity.
             */
            critical: number;
            figures?: components["schemas"]["StreetFiguresDto"] | null;
            /**
             * Format: date-time
             * @description When it was heard last, to some seconds. What stands below is of then at the latest.
             */
            heard_at?: string | null;
            id: string;
            label: string;
            /**
             * Format: int32
             * @description Nobody was at the door in time.
             */
            late: number;
            /** @description `up`; `beginning` (it tells what is open, and not all of it is here yet); `cut_off`; `never` (it has not called yet); `revoked`. */
            link: string;
            /**
             * Format: date-time
             * @description When the oldest critical one was opened.
             */
            oldest_at?: string | null;
            /** @description Two critical ones have been without an answer for a minute: the district's desk rings. */
            rings: boolean;
            /** Format: int32 */
            routine: number;
            /**
             * Format: date-time
             * @description Of `cut_off`, `revoked`, `never`: since when.
             */
            since?: string | null;
            /** Format: int32 */
            technical: number;
            /**
             * Format: int32
             * @description Of the critical ones: nobody has said yes, and nobody at a desk has them in hand.
             */
            unanswered: number;
            /**
             * Format: date-time
             * @description When the oldest of those that nobody has answered was opened.
             */
            unanswered_since?: string | null;
            /** Format: int32 */
            urgent: number;
        };
        /** @description What a street says of itself about once a minute. */
        StreetFiguresDto: {
            /**
             * Format: date-time
             * @description Of when, by the street's clock.
             */
            at: string;
            /**
             * Format: int32
             * @description Of these: on the way, or there.
             */
            busy: number;
            /**
             * Format: int32
             * @description Calls for help since the street's midnight.
             */
            calls_today: number;
            /**
             * Format: int32
             * @description Calls in which somebody came, or should have come by now.
             */
            due_at_door: number;
            /**
             * Format: int32
             * @description Of these: within 15 minutes.
             */
            in_time: number;
            /**
             * Format: int32
             * @description Who is at work.
             */
            on_duty: number;
            to_accept: components["schemas"]["StreetSpreadDto"];
            to_arrive: components["schemas"]["StreetSpreadDto"];
        };
        /** @description A street to be let in. */
        StreetIn: {
            /** @description Codes of its areas, 1 to 20, each within the caller's own. */
            areas: string[];
            /** @description Its name on the board, 1 to 60 letters. */
            label: string;
        };
        /** @description A street's key, told once: it is kept nowhere as it stands here. */
        StreetKeyDto: {
            /** @description `link.node` of the street. */
            id: string;
            /** @description What goes into the file `link.key_file` of the street. */
            key: string;
        };
        /** @description A street that may report, for whoever lets it in. */
        StreetNodeDto: {
            areas: components["schemas"]["StreetAreaDto"][];
            id: string;
            label: string;
            /** @description As on the board. */
            link: string;
            /** Format: date-time */
            made_at: string;
            made_by: string;
        };
        /** @description Seconds, by nearest rank. */
        StreetSpreadDto: {
            /**
             * Format: int32
             * @description Of how many cases; of none the rest is absent.
             */
            cases: number;
            /** Format: int64 */
            p50_s?: number | null;
            /** Format: int64 */
            p90_s?: number | null;
        };
        /** @description A month in figures; exercises are not counted. */
        SumsDto: {
            /** @description How often they said yes. */
            accepted: number;
            /** @description How often they said yes or no. */
            answered: number;
            /** @description How often they were asked or sent. */
            asked: number;
            /** @description How often they were at the door. */
            at_door: number;
            /**
             * Format: int64
             * @description The median of the seconds from the yes to the door; absent: never at a door.
             */
            median_door_s?: number | null;
        };
        /** @description A shift that somebody was asked to take. */
        SwapDto: {
            /** Format: date-time */
            asked_at: string;
            back?: components["schemas"]["SpanDto"] | null;
            id: string;
            /** @description Whose shift. */
            responder_id: string;
            responder_name?: string | null;
            shift: components["schemas"]["SpanDto"];
            /** @description `asked`, `agreed`, `declined`, `taken_back`, or `over`: it was never answered and has begun. */
            state: string;
            /** @description Who is asked. */
            with: string;
            with_name?: string | null;
        };
        /** @description To whom a shift is to go. */
        SwapIn: {
            /**
             * Format: date-time
             * @description The beginning of a shift of theirs that the caller takes in exchange.
             */
            back_from?: string | null;
            /**
             * Format: date-time
             * @description The beginning of the caller's shift.
             */
            from: string;
            with: string;
        };
        /** @description Somebody who could take a shift. */
        SwapPartnerDto: {
            id: string;
            name: string;
            /** @description Their own shifts of the next 14 days, of which one may be taken in exchange. */
            shifts: components["schemas"]["SpanDto"][];
        };
        /** @description Swaps that concern the caller, and who could be asked. */
        SwapsDto: {
            items: components["schemas"]["SwapDto"][];
            partners: components["schemas"]["SwapPartnerDto"][];
        };
        /** @description Out of whose hands. */
        TakeIn: {
            /** @description Who holds the case, as the caller saw it, to take it over from them; without it a held case is refused. */
            from?: string | null;
        };
        /** @description What can be done by telephone. */
        TelephonyDto: {
            /**
             * Format: int32
             * @description After so long without a hand on a case its elder is called by a voice, seconds; 0: never.
             */
            check_after_s: number;
            desks: components["schemas"]["DeskPhoneDto"][];
            /** @description Calls can be made from here; otherwise the number is looked at and dialled by hand. */
            on: boolean;
        };
        /** @description What comes next for somebody who is being told. */
        TellingDto: {
            kind: string;
            /** @description The carriers that are left, in order. */
            later: string[];
            /**
             * Format: date-time
             * @description When the next wave starts if nothing is received before.
             */
            next_at?: string | null;
            /** @description `open`, `received`, `exhausted`, `moved_on`. */
            state: string;
            step: string;
            target: string;
            /**
             * Format: int32
             * @description The wave that runs, from 0.
             */
            wave: number;
        };
        /** @description A test has ended. */
        TestEndedDto: {
            device: components["schemas"]["DeviceDto"];
            reported?: components["schemas"]["ReportedDto"] | null;
        };
        /** @description For how long. */
        TestIn: {
            /**
             * Format: int32
             * @description 1 to 240. A test that goes on is prolonged, to four hours from its beginning at most.
             */
            minutes: number;
        };
        /**
         * @description Who owns it.
         * @enum {string}
         */
        TierWord: "home" | "grid" | "street";
        /** @description What a sign-in gives. */
        TokenPair: {
            access_token: string;
            /**
             * Format: int64
             * @description Seconds until the access token ends.
             */
            expires_in: number;
            refresh_token: string;
            /** @description `Bearer`. */
            token_type: string;
        };
        /** @description By which ways one level is told. */
        ToldByDto: {
            message: boolean;
            /** @description A telephone call. */
            voice: boolean;
        };
        /** @description Somebody of the family was told of a step, is being told, or could not be. */
        ToldDto: {
            /**
             * Format: date-time
             * @description When it came to that; of what waits or failed, when it was written.
             */
            at: string;
            /**
             * @description What of: `family_ask`, `family_opened`, `family_raised`, `family_accepted`, `family_arrived`, `family_closed`,
             *     `family_false_alarm`; of a guardian who looks: `file_opened`.
             */
            kind: string;
            /** @description The provider's own number of the message or call, where it was handed over and has one; of whoever looks alone. */
            proof?: string | null;
            /** @description What they are to the elder, as in `relation` of the contacts. */
            relation: string;
            /** @description `read`, `received`, `sent`: handed to the provider; `waiting`, `failed`. */
            state: string;
            /** @description By which way: `voice`, `sms`, `web_push`, `email`, …; `other`: by another system. Absent while nobody knows. */
            way?: string | null;
            /** @description It is whoever looks. */
            you: boolean;
        };
        /** @description One time that somebody was asked, or tried to be. */
        TryDto: {
            /** Format: date-time */
            at: string;
            /** @description By whom. */
            by: Record<string, never>;
            /** @description `phone`, `visit`, `message`; absent: nobody has said. */
            how?: string | null;
            /** @description What came of it. */
            result: string;
        };
        /** @description What was turned into a call for help. */
        TurnedDto: {
            /** @description The call for help. */
            help_case_id: string;
            help_case_number: string;
            /** @description It joined one that was open. */
            joined: boolean;
        };
        /** @description Why it is taken away. */
        UnbindIn: {
            /** @description `broken`, `lost`, `returned`, `left`, `mistake`, `other`. */
            reason: string;
        };
        /** @description An elder of whose family nobody could be called. */
        UncalledDto: components["schemas"]["ElderBrief"] & {
            area_code: string;
            /** @description The street's own number for the person. */
            code: string;
            why: string;
        };
        /** @description Somebody who should have been told of a step and was not. */
        UntoldDto: {
            kind: string;
            step: string;
            target: string;
            /** @description By which way not and why, in the order in which they were tried: `voice: quota: 1 a minute to one`. */
            why: string[];
        };
        /** @description How the line of this street to its district stands. */
        UplinkDto: {
            /**
             * Format: int64
             * @description Records of the log that the district has not acknowledged.
             */
            behind: number;
            /** @description Whether there is a district; if not the rest is absent. */
            configured: boolean;
            /** @description By which telephone the district is reached while the line is cut. */
            phone?: string | null;
            /** Format: date-time */
            since?: string | null;
            /** @description The line stands. */
            up: boolean;
            /** @description Why it does not stand. */
            why?: string | null;
        };
        /** @description Reminding the centre: the limits are of the whole family. */
        UrgeDto: {
            /** @description When anybody of the family did, oldest first. */
            at: string[];
            /**
             * Format: date-time
             * @description Not before.
             */
            from: string;
            /**
             * Format: int32
             * @description How often it can still be done.
             */
            left: number;
        };
        /** @description How long an elder is usually quiet after a sign of life at some hours; waking hours only. */
        UsualDto: {
            /** @description Days that this rests on. */
            days: number;
            /**
             * Format: date
             * @description The first of these days.
             */
            from: string;
            /**
             * Format: int32
             * @description The first of these hours, local.
             */
            from_h: number;
            /**
             * Format: int64
             * @description The longest stretch without a sign of nine days in ten, minutes.
             */
            longest_min: number;
            /**
             * Format: date
             * @description The last.
             */
            to: string;
            /**
             * Format: int32
             * @description The hour at which they are over.
             */
            until_h: number;
            /**
             * Format: int64
             * @description After so many minutes their silence is unusual. With `tighten` somebody is missed then, if that is sooner than by the rule.
             */
            window_min: number;
        };
        /** @description One line of the view log. */
        ViewDto: {
            /** Format: date-time */
            at: string;
            by: string;
            case_id?: string | null;
            field: string;
            reason: string;
        };
        /** @description The code at a door: when it was made, and by whom. */
        VisitCodeDto: {
            by: string;
            /** Format: date-time */
            made_at: string;
        };
        /** @description How far a month has come. */
        VisitCoverageDto: {
            all: components["schemas"]["CoverageSumDto"];
            /** @description Every grid, by code. */
            grids: components["schemas"]["CoverageSumDto"][];
            /** @description `2026-03`. */
            month: string;
            /** @description The month is not over. */
            open: boolean;
        };
        /** @description A visit as it is kept. */
        VisitDto: {
            /** Format: int32 */
            accuracy_m?: number | null;
            /** Format: date-time */
            at: string;
            by: string;
            /** @description What it opened. */
            case_id?: string | null;
            companion_id?: string | null;
            /** @description The elder was met and the place is proved: the deadline is put off. */
            counts: boolean;
            /** Format: date */
            due_on?: string | null;
            elder_id: string;
            /** Format: date-time */
            filed_at: string;
            id: string;
            /**
             * Format: int32
             * @description From the door, where a position was sent.
             */
            metres?: number | null;
            /** @description There is a photo that is kept still. */
            photo: boolean;
            /** @description `position`, `code`, `photo`, `none`. */
            proof: string;
            /** @description `holds`, `unsure` (too vague, or nothing was shown), `fails` (somewhere else). */
            proof_says: string;
            responder_id?: string | null;
            responder_name?: string | null;
            result: string;
            way: string;
            words?: string | null;
        };
        /** @description A visit. */
        VisitIn: {
            /** @description What the code at the door says. */
            code?: string | null;
            /** @description Who was there too; needed where nobody goes alone. */
            companion_id?: string | null;
            position?: components["schemas"]["PositionIn"] | null;
            /** @description `well`, `needs_attention` (opens a welfare review), `needs_help` (reports a call for help), `declined`, `not_home`, `no_answer`. */
            result: string;
            /** @description `door`, `phone`. */
            way: string;
            /** @description What was found; needed with `needs_attention` and `needs_help`. Sealed. */
            words?: string | null;
        };
        /** @description How an elder is looked in on. The `ETag` of the answer is what an edit names in `If-Match`. */
        VisitPlanDto: {
            code?: components["schemas"]["VisitCodeDto"] | null;
            /**
             * Format: int32
             * @description The elder's own plan of care, days; absent: as the street's table has it.
             */
            days?: number | null;
            /** Format: date */
            due_on?: string | null;
            elder_id: string;
            /**
             * Format: int32
             * @description What holds now: the strictest of all; absent: nobody has said how often.
             */
            every_days?: number | null;
            /** @description `09:00` */
            from?: string | null;
            goer?: components["schemas"]["GoerDto"] | null;
            until?: string | null;
            /** Format: int64 */
            version: number;
            /** @description `door`, `phone`. */
            way?: string | null;
        };
        /** @description A plan of care as it is to be. */
        VisitPlanIn: {
            /**
             * Format: int32
             * @description At least every so many days, 1 to 366; left out: as the street's table has it. A looser one than the table's changes nothing.
             */
            days?: number | null;
            /** @description Not before this hour, as `09:00`. */
            from?: string | null;
            /** @description Begun before this one. */
            until?: string | null;
        };
        /** @description How far a grid or a worker is. */
        VisitSumDto: {
            due: number;
            /** @description The grid's code, or the worker's id. */
            id: string;
            later: number;
            name?: string | null;
            overdue: number;
            /** @description Of a grid: visits that are overdue or due and for which nobody answers. */
            unheld: number;
            /** @description Of a grid: elders for whom nobody has said how often, neither the street's table nor a plan of care. */
            without_rhythm: number;
        };
        /** @description An elder who is to be looked in on. */
        VisitToMakeDto: {
            /** @description Where they are to be found today. */
            address: string;
            area_code: string;
            /** @description Where nobody goes alone: who walks the grid there, is at work and may hear of them; the one who goes first is among them. At most 50. */
            companions?: components["schemas"]["CompanionDto"][];
            /** Format: int32 */
            days_over: number;
            /** Format: date */
            due_on: string;
            elder_id: string;
            /** Format: int32 */
            every_days: number;
            /** @description Not before this hour, as `09:00`. */
            from?: string | null;
            goer?: components["schemas"]["GoerDto"] | null;
            /** Format: double */
            lat?: number | null;
            /** Format: double */
            lon?: number | null;
            name: string;
            need_labels: components["schemas"]["NeedLabelDto"][];
            /** @description Nobody goes there alone: a visit names who was there too. */
            pair: boolean;
            /** @description `overdue`, `due` (today), `later`. */
            state: string;
            /** @description Begun before this one. */
            until?: string | null;
            /**
             * Format: date-time
             * @description The last visit that counts; absent: there was none yet.
             */
            visited_at?: string | null;
            /** @description `door`; `phone` while they are away. */
            way: string;
        };
        /** @description A visit was filed. */
        VisitedDto: {
            /**
             * Format: date
             * @description The day by which the next is due; absent: nobody has said how often.
             */
            next_due_on?: string | null;
            visit: components["schemas"]["VisitDto"];
            /** @description Why it does not count: `not_met`, `proof_unsure` (scan the code at the door or add a photo), `proof_fails`, `by_phone`. */
            why_not?: string | null;
        };
        /** @description The visits of the caller's areas. */
        VisitsDto: {
            /** @description How many there are of those that were asked for. */
            count: number;
            /** @description Every grid in which elders live, by code. */
            grids: components["schemas"]["VisitSumDto"][];
            /** @description The longest overdue first; at most 500 are named. */
            items: components["schemas"]["VisitToMakeDto"][];
            /** @description Missed visits are looked after, and open cases. */
            on: boolean;
            /** @description Everybody who has visits to make, the most overdue first. */
            workers: components["schemas"]["VisitSumDto"][];
        };
        /** @description What the elder said. */
        VoiceIn: {
            /** @description `fine`, `needs_help`, `no_answer`, `unclear`, `not_the_elder`. */
            result: string;
        };
        /** @description Why nothing more is waited for. */
        WaiveIn: {
            /** @description In words. Sealed. */
            reason: string;
        };
        /** @description An area whose figures these are. */
        WallAreaDto: {
            area_code: string;
            area_name?: string | null;
        };
        /** @description A square of the map, about 1.1 km wide. */
        WallCellDto: {
            /** @description `[west, south, east, north]`, WGS-84. */
            bounds: number[];
            /**
             * Format: int32
             * @description Responders who are free.
             */
            free: number;
            /** Format: int32 */
            open: number;
            /** @description The gravest of them; absent where none is open. */
            severity?: string | null;
            /**
             * Format: int32
             * @description Homes that nobody free can reach in time, where they are at least five.
             */
            uncovered: number;
        };
        /** @description A community and what is open in it. */
        WallCommunityDto: {
            area_code: string;
            area_name?: string | null;
            /** Format: int32 */
            critical: number;
            /** Format: int32 */
            open: number;
        };
        /** @description Who could be reached by somebody free within the time. */
        WallCoverageDto: {
            /** @description Grids with nobody at work. */
            bare: components["schemas"]["WallAreaDto"][];
            covered: number;
            /** @description Homes with a known door. */
            homes: number;
            /** Format: int32 */
            minutes: number;
        };
        /** @description The board. */
        WallDto: {
            areas: components["schemas"]["WallAreaDto"][];
            /** Format: date-time */
            as_of: string;
            /**
             * Format: int32
             * @description Calls for help of the last 24 hours.
             */
            calls_24h: number;
            cells: components["schemas"]["WallCellDto"][];
            /** @description Where something is open, the gravest first. */
            communities: components["schemas"]["WallCommunityDto"][];
            coverage: components["schemas"]["WallCoverageDto"];
            devices: components["schemas"]["DevicesDto"];
            /** @description The last 24 hours, oldest first. */
            hours: components["schemas"]["WallHourDto"][];
            in_time: components["schemas"]["WallInTimeDto"];
            /** @description What is written over it. */
            label: string;
            /**
             * Format: int32
             * @description Of these: nobody was at the door in time.
             */
            late: number;
            /**
             * Format: int32
             * @description Open cases: not resolved, not closed.
             */
            open: number;
            people: components["schemas"]["WallPeopleDto"];
            /** @description Home, grid, street. */
            tiers: components["schemas"]["WallTierDto"][];
            to_accept: components["schemas"]["WallSpreadDto"];
            to_arrive: components["schemas"]["WallSpreadDto"];
            /**
             * Format: int32
             * @description The street's own clocks: minutes that they are ahead of UTC.
             */
            utc_offset_min: number;
            /**
             * Format: int32
             * @description Of these: calls for help without a lead.
             */
            waiting: number;
        };
        /** @description One hour. */
        WallHourDto: {
            /** Format: int32 */
            critical: number;
            /** Format: int32 */
            other: number;
            /**
             * Format: date-time
             * @description Its end.
             */
            until: string;
            /** Format: int32 */
            urgent: number;
        };
        /** @description A screen to be let in. */
        WallIn: {
            /** @description Codes of areas, each within the caller's own; left out: all of the caller's. */
            areas?: string[];
            /** @description Where it hangs, 1 to 60 letters; it stands on the screen. */
            label: string;
        };
        /** @description How many calls for help had somebody at the door in time. */
        WallInTimeDto: {
            /**
             * Format: int32
             * @description Calls in which somebody came, or should have come by now. What ended before needed nobody.
             */
            cases: number;
            /** Format: int32 */
            in_time: number;
            /** Format: int32 */
            minutes: number;
        };
        /** @description A link for a screen, told once: it is kept nowhere as it stands here. */
        WallLinkDto: {
            /** Format: date-time */
            expires_at: string;
            id: string;
            /** @description To be opened on the screen; good once. */
            link: string;
            /** @description The link as a QR code, SVG. */
            qr_svg: string;
        };
        /** @description What stands in the link. */
        WallOpenIn: {
            /** @description What stood behind the `#`. */
            token: string;
        };
        /** @description Who is at work; families are not counted. */
        WallPeopleDto: {
            /** @description On the way, or there. */
            busy: number;
            on_duty: number;
        };
        /** @description A screen. */
        WallScreenDto: {
            areas: string[];
            id: string;
            label: string;
            /** Format: date-time */
            made_at: string;
            made_by: string;
            /**
             * Format: date-time
             * @description To some minutes.
             */
            seen_at?: string | null;
            /** @description `waiting` for its link to be opened, `open`, `expired` (the link was never opened), `revoked`. */
            state: string;
        };
        /** @description Seconds, by nearest rank. */
        WallSpreadDto: {
            /**
             * Format: int32
             * @description Of how many cases; of none the rest is absent.
             */
            cases: number;
            /** Format: int64 */
            p50_s?: number | null;
            /** Format: int64 */
            p90_s?: number | null;
        };
        /** @description Open cases of one tier, by severity. */
        WallTierDto: {
            /** Format: int32 */
            critical: number;
            /** Format: int32 */
            routine: number;
            /** Format: int32 */
            technical: number;
            /** @description `home`, `grid`, `street`. */
            tier: string;
            /** Format: int32 */
            urgent: number;
        };
        /** @description How much water. */
        WaterOverDto: {
            /** Format: int32 */
            hours: number;
            /** Format: int32 */
            litres: number;
        };
        /** @description One shift of a usual week. */
        WeekLineDto: {
            /**
             * Format: int32
             * @description 1 is Monday, 7 is Sunday.
             */
            day: number;
            /** @description `08:00`, by the street's clock. */
            from: string;
            responder_id: string;
            /** @description `20:00`; not after `from`: of the next day. */
            until: string;
        };
        /** @description Somebody who is coming, or came. */
        WhoDto: {
            /** @description Their family name; absent of a unit. */
            family_name?: string | null;
            /** @description What they are: `family`, `caregiver`, `grid_worker`, `volunteer`, `community_doctor`, …. */
            role: string;
            /** @description It is whoever looks. */
            you?: boolean;
        };
        /** @description What is wished. */
        WishIn: {
            /**
             * Format: date-time
             * @description Not before; as soon as it can be when left out.
             */
            from?: string | null;
            /** @description `meal`, `bath`, …: see `GET /api/v1/service-kinds`. */
            service: string;
            /**
             * Format: date-time
             * @description Not after.
             */
            until?: string | null;
            /** @description `to_home`, `to_station`; what is usual when left out. */
            way?: string | null;
        };
        /** @description Which press. */
        WithdrawIn: {
            /** @description The alert, as its report was answered. */
            alert_id: string;
        };
        /** @description Who sees it done. */
        WitnessDto: {
            kind: string;
            responder_id?: string | null;
        };
        /** @description Whom the service takes the client for. */
        You: {
            /** @description The responder that they are, if one. */
            responder?: string | null;
            /**
             * @description Its role.
             * @example dispatcher
             */
            role: string;
            /**
             * @description The account.
             * @example user_0198c0de000070008000000000000001
             */
            user: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_openapi_json: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    get_absences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbsencesDto"];
                };
            };
        };
    };
    get_accounts: {
        parameters: {
            query?: {
                /** @description A part of the name. */
                q?: string;
                role?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_AccountDto"];
                };
            };
        };
    };
    post_accounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAccountIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadePasswordDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_accounts_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDto"];
                };
            };
        };
    };
    put_accounts_id: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_accounts_id_end_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDto"];
                };
            };
        };
    };
    get_accounts_id_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    post_accounts_id_password: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadePasswordDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_accounts_id_unlock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDto"];
                };
            };
        };
    };
    post_alerts: {
        parameters: {
            query?: never;
            header?: {
                /** @description For people: the same key is the same alert for 24 hours. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportedDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportedDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_area_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllListedCodesDto"];
                };
            };
        };
    };
    get_areas: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AreasDto"];
                };
            };
        };
    };
    get_areas_street_map: {
        parameters: {
            query?: {
                /** @description The day on which it holds; today when left out. */
                at?: string;
                /** @description A version, whether it holds or not. */
                version?: number;
                /** @description `wgs84` when left out, `gcj02`, `bd09`. */
                crs?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AreaMapDto"];
                };
            };
        };
    };
    put_areas_street_map: {
        parameters: {
            query?: {
                /** @description The system of its numbers: `wgs84`, `gcj02`, `bd09`. It is asked for, because a file does not say. */
                crs?: string;
                /** @description The day from which it is to hold; today when left out, two years ahead at most. */
                from?: string;
                /** @description `true`: look at it and save nothing. */
                dry_run?: boolean;
                /** @description Why, in words. */
                note?: string;
            };
            header?: {
                "If-Match"?: string | null;
            };
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AreaMapIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckedMapDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MapProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_areas_street_map_homes: {
        parameters: {
            query?: {
                /** @description The day on which it holds; today when left out. */
                at?: string;
                /** @description A version, whether it holds or not. */
                version?: number;
                /** @description `wgs84` when left out, `gcj02`, `bd09`. */
                crs?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomesOnMapDto"];
                };
            };
        };
    };
    post_areas_street_map_homes: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MovesIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MovedHomesDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_areas_street_map_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    post_areas_street_map_split: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CutIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CutDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MapProblemDto"];
                };
            };
        };
    };
    get_assignments_case_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartDto"];
                };
            };
        };
    };
    post_assignments_case_id_arrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_check_in: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_contact_made: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_decline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeclineIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_depart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EtaIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_done: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_no_entry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_progress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EtaIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_support: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_assignments_case_id_wrong_address: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_auth_logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignOut"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_auth_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeDto"];
                };
            };
        };
    };
    post_auth_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_auth_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_auth_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPair"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_calendar_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/calendar": string;
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_canaries: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanariesDto"];
                };
            };
        };
    };
    post_canaries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CanaryIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanariesDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_canaries_id_seen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CanaryDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cap: {
        parameters: {
            query?: never;
            header: {
                "webhook-id": string;
                "webhook-timestamp": number;
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/cap+xml": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapTaken"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cards: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_PackMadeDto"];
                };
            };
        };
    };
    post_cards: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PackIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cases: {
        parameters: {
            query?: {
                /** @description States, separated by commas. */
                state?: string;
                tier?: string;
                severity?: string;
                kind?: string;
                lane?: string;
                /** @description Only open ones. */
                open?: boolean;
                /** @description Only those whose first alert came late. */
                late?: boolean;
                /** @description About this elder. */
                elder?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_CaseDto"];
                };
            };
        };
    };
    get_cases_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cases_id_aed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NearestAedDto"];
                };
            };
        };
    };
    get_cases_id_alerts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_AlertDto"];
                };
            };
        };
    };
    post_cases_id_assign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_at_version: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description 1 to the case's `version` */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_await_review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReviewIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_calls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_CallDto"];
                };
            };
        };
    };
    post_cases_id_calls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_calls_rid_hang_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cases_id_calls_rid_recording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_close: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_entry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EntryDto"];
                };
            };
        };
    };
    post_cases_id_entry: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EntryIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_escalate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EscalateIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_events: {
        parameters: {
            query?: {
                /** @description Records after this version. */
                after?: number;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventsDto"];
                };
            };
        };
    };
    post_cases_id_false_alarm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FalseAlarmIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_follow_up: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FollowUpIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_grant_access: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponderIn"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    post_cases_id_keep: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_lower: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LowerIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_note: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoteIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_notes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_NoteDto"];
                };
            };
        };
    };
    get_cases_id_notices: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticesDto"];
                };
            };
        };
    };
    post_cases_id_notices_rid_resend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResendIn"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResentDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cases_id_photos: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_PhotoDto"];
                };
            };
        };
    };
    post_cases_id_photos: {
        parameters: {
            query?: {
                /** @description `agreed`: the elder agreed; `forced_entry`: a door was forced, which wants evidence. */
                consent?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhotoAddedDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_cases_id_photos_rid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_raise: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RaiseIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_refer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReferIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_referrals_rid_acknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcknowledgeIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_referrals_rid_handed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandedIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_referrals_rid_waive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WaiveIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_reopen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReopenIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_resolve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResolveIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_round: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoundDto"];
                };
            };
        };
    };
    post_cases_id_round_rid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                /** @description the elder */
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckKeptDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_cases_id_second_look: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_cases_id_second_looks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_LookDto"];
                };
            };
        };
    };
    post_cases_id_service_agree: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_answer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_done: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_help: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnedDto"];
                };
            };
        };
    };
    post_cases_id_service_rating: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RatingIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_station: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StationIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_service_wish: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WishIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_cases_id_sheet: {
        parameters: {
            query?: {
                /** @description `text` (when left out), `html`: to print. */
                format?: string;
                /** @description `zh-CN` (when left out), `en`. */
                language?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    post_cases_id_stand_down: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponderIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_take: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TakeIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_cases_id_voice_result: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VoiceIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    get_chains: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainsDto"];
                };
            };
        };
    };
    get_chains_subject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainDto"];
                };
            };
        };
    };
    put_chains_subject: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                subject: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChainIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_chains_subject_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    get_circles: {
        parameters: {
            query: {
                lat: number;
                lon: number;
                /** @description `wgs84`, `gcj02`, `bd09`. */
                crs: string;
                /** @description `walk`, `ebike`, `car`. */
                mode: string;
                /** @description 1 to 60; 15 when left out. */
                minutes?: number;
                /** @description `to` the point (who can come; when left out) or `from` it (what can be reached). */
                direction?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/geo+json": Record<string, never>;
                };
            };
        };
    };
    get_colleagues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_ColleagueDto"];
                };
            };
        };
    };
    get_coverage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CoverageDto"];
                };
            };
        };
    };
    get_device_kinds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KindsDto"];
                };
            };
        };
    };
    get_devices: {
        parameters: {
            query?: {
                /** @description Only those of this elder and of their home. */
                elder_id?: string;
                /** @description Only those in this area: a code of 6, 9, 12 or 15 digits. */
                area?: string;
                /** @description Only those of this maker's model. */
                model?: string;
                /** @description Only those of this kind. */
                kind?: string;
                /** @description `here`, `late`, `silent`, `never`, `not_awaited`, `low_battery`, `test`, `unbound`, `out_of_service`. */
                state?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_DeviceDto"];
                };
            };
        };
    };
    post_devices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FileIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceFiledDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceFiledDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_devices_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDto"];
                };
            };
        };
    };
    post_devices_id_bind: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BindDeviceIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_devices_id_commands: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrdersDto"];
                };
            };
        };
    };
    post_devices_id_commands: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OrderIn"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_devices_id_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_DeviceEventDto"];
                };
            };
        };
    };
    get_devices_id_photo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_devices_id_photo: {
        parameters: {
            query?: {
                /** @description `household`: whoever lives there agreed that the place of the device is photographed. */
                consent?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InstallPhotoDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_devices_id_replace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplaceIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplacedDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_devices_id_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_devices_id_test_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndTestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestEndedDto"];
                };
            };
        };
    };
    post_devices_id_unbind: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnbindIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceDto"];
                };
            };
        };
    };
    get_district_board: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DistrictDto"];
                };
            };
        };
    };
    get_district_streets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_StreetNodeDto"];
                };
            };
        };
    };
    post_district_streets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StreetIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StreetKeyDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_district_streets_id_cases: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_StreetCaseDto"];
                };
            };
        };
    };
    get_district_streets_id_handups_rid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandupWordsDto"];
                };
            };
        };
    };
    post_district_streets_id_handups_rid_answers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandupAnswerIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandupWordsDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_district_streets_id_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StreetKeyDto"];
                };
            };
        };
    };
    post_district_streets_id_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_district_uplink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UplinkDto"];
                };
            };
        };
    };
    get_duty_gaps: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DutyGapsDto"];
                };
            };
        };
    };
    get_duty_shifts: {
        parameters: {
            query?: {
                /** @description The first day, by the street's calendar; today when left out. */
                from?: string;
                /** @description How many days, 1 to 31; 7 when left out. */
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DutyShiftsDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_duty_shifts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShiftsIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShiftsFiledDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_duty_shifts_withdraw: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShiftWithdrawIn"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_duty_swaps: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_SwapDto"];
                };
            };
        };
    };
    get_duty_weeks_street: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotaWeeksDto"];
                };
            };
        };
    };
    put_duty_weeks_street: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotaWeeksIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotaWeeksDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_duty_weeks_street_lay_out: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LayOutIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LaidOutDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_duty_weeks_street_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    get_elder_screen: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScreenDto"];
                };
            };
        };
    };
    post_elder_screen_cases_id_withdraw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WithdrawIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScreenDto"];
                };
            };
        };
    };
    post_elder_screen_service_requests: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnRequestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
        };
    };
    get_elders: {
        parameters: {
            query?: {
                /** @description Only with this need. */
                need?: string;
                /** @description Only those whose name or number holds these letters, 1 to 60 of them. */
                q?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_ElderDto"];
                };
            };
        };
    };
    get_elders_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderFileDto"];
                };
            };
        };
    };
    put_elders_id_ability: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AbilityIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderRecordDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_access: {
        parameters: {
            query?: {
                /** @description A sentence without personal data; it stands in the view log. */
                reason?: string;
                /** @description For which case; a responder must name one. */
                case_id?: string;
                /** @description `phones`, `access`, `health`, `contacts`, separated by commas; `phones,access` when left out. */
                fields?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_activity: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityDto"];
                };
            };
        };
    };
    put_elders_id_activity: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    put_elders_id_away: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AwayIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AwayDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    put_elders_id_consents: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderRecordDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    put_elders_id_contacts_rid: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContactRecordDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_contacts_rid_reach: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    put_elders_id_contacts_rid_reach: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OfficeReachIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    get_elders_id_family: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilyDto"];
                };
            };
        };
    };
    post_elders_id_family_invites: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InviteDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_elders_id_family_devices_rid_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_elders_id_file: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderRecordDto"];
                };
            };
        };
    };
    put_elders_id_file: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ElderFileIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderRecordDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_file_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    put_elders_id_rest: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ElderRecordDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_stations: {
        parameters: {
            query: {
                /** @description `meal`, `bath`, … */
                service: string;
                /** @description `to_home`, `to_station`; what is usual when left out. */
                way?: string;
                /** @description Not before. */
                from?: string;
                /** @description Not after. */
                until?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationOptionsDto"];
                };
            };
        };
    };
    get_elders_id_views: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_ViewDto"];
                };
            };
        };
    };
    post_elders_id_visit_code: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewVisitCodeDto"];
                };
            };
        };
    };
    get_elders_id_visit_plan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitPlanDto"];
                };
            };
        };
    };
    put_elders_id_visit_plan: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VisitPlanIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitPlanDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_visits: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_VisitDto"];
                };
            };
        };
    };
    post_elders_id_visits: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string | null;
                "Done-At"?: string | null;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VisitIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitedDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitedDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_elders_id_visits_rid_photo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": number[];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_elders_id_visits_rid_photo: {
        parameters: {
            query?: {
                /** @description `door`: the door from outside, nobody on it; `agreed`: the elder agreed. */
                consent?: string;
            };
            header?: never;
            path: {
                id: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitedDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_family_cases_id_said: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaidIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilyCaseDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_family_cases_id_told: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilyToldDto"];
                };
            };
        };
    };
    put_family_choices: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FamilyChoicesDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChoicesDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_family_devices_id_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_family_history: {
        parameters: {
            query?: {
                /** @description `2026-11`; the present one when left out. */
                month?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    put_family_language: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FamilyLanguageDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilyLanguageDto"];
                };
            };
        };
    };
    get_family_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilyMeDto"];
                };
            };
        };
    };
    get_family_push_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushKeyDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_family_push_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushDeviceDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_family_push_subscriptions_rid_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_family_reach: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    put_family_reach: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReachIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    get_family_service_requests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_OwnRequestDto"];
                };
            };
        };
    };
    post_family_service_requests: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnRequestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_family_service_requests_id_agree: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnRequestDto"];
                };
            };
        };
    };
    post_family_service_requests_id_rating: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RatingIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnRequestDto"];
                };
            };
        };
    };
    post_family_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OpenIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenedDto"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_family_sheet: {
        parameters: {
            query?: {
                /** @description `2026-11`; the present one when left out. */
                month?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FamilySheetDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_family_sheet_mail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SheetMailDto"];
                };
            };
        };
    };
    put_family_sheet_mail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SheetMailIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SheetMailDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_family_view: {
        parameters: {
            query?: {
                /** @description The `tag` of the last answer. */
                tag?: string;
                /** @description Seconds to wait for news, 0 to 4. */
                wait?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewsDto"];
                };
            };
        };
    };
    get_follow_ups_month: {
        parameters: {
            query?: {
                /** @description As `2026-03`, by the street's calendar; the one that runs when left out. */
                month?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FollowUpMonthDto"];
                };
            };
        };
    };
    get_follow_ups_overdue: {
        parameters: {
            query?: {
                /** @description Rows at most, 1 to 200; 50 when left out. */
                limit?: number;
                /** @description The cursor of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_OverdueDto"];
                };
            };
        };
    };
    get_handovers: {
        parameters: {
            query?: {
                /** @description Only those that go on. */
                open?: boolean;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_HandoverDto"];
                };
            };
        };
    };
    post_handovers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BeginIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    get_handovers_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    post_handovers_id_complete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    post_handovers_id_note: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandoverNoteIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    get_handovers_id_notes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_HandoverNoteDto"];
                };
            };
        };
    };
    post_handovers_id_sign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HandoverSignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    post_handovers_id_withdraw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverSheetDto"];
                };
            };
        };
    };
    get_imports: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    post_imports: {
        parameters: {
            query?: {
                /** @description Which sheet; found out by the header when left out. */
                sheet?: string;
                /** @description Which sheet of a workbook; the first when left out. */
                tab?: string;
                /**
                 * @description JSON: what stands in the header, and the column as which it is read; `null`: it is not read. What is left out stands for
                 *     itself.
                 */
                names?: string;
                /** @description Writes: the `digest` of the look that was agreed to. */
                write?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": number[];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_map: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MapDto"];
                };
            };
        };
    };
    get_me_channel_tests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTestsDto"];
                };
            };
        };
    };
    post_me_channel_tests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTestsDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_me_push_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushKeyDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_me_push_subscriptions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PushIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushDeviceDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_me_push_subscriptions_rid_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_me_reach: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    put_me_reach: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReachIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    get_need_label_sets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NeedLabelSetsDto"];
                };
            };
        };
    };
    get_need_labels: {
        parameters: {
            query?: {
                /** @description A code of 9, 12 or 15 digits; the first street of the caller when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NeedLabelsDto"];
                };
            };
        };
    };
    put_need_labels_street: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NeedLabelsIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NeedLabelsDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_need_labels_street_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    get_notify_callbacks_carrier: {
        parameters: {
            query?: {
                /** @description WeChat: seconds since 1970 */
                timestamp?: string;
                /** @description WeChat: anything */
                nonce?: string;
                /** @description WeChat: SHA-1 over token, timestamp and nonce in the order of their letters */
                signature?: string;
                /** @description WeChat: the word to be read back */
                echostr?: string;
            };
            header?: never;
            path: {
                carrier: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description its word */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_notify_callbacks_carrier: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                carrier: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description taken, in the provider's own words */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_offers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_CaseDto"];
                };
            };
        };
    };
    post_offers_id_accept: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_offers_id_decline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeclineIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_offers_id_received: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReceivedIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CommandDto"];
                };
            };
        };
    };
    post_phone_callbacks_line: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                line: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
            };
        };
        responses: {
            /** @description taken */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_plans: {
        parameters: {
            query?: {
                /** @description A code of 9, 12 or 15 digits; the first street of the caller when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlansDto"];
                };
            };
        };
    };
    put_plans_street: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlansIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanEditDto"];
                };
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanEditDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_plans_street_check: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlanCheckIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanCheckDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_plans_street_compare: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnPlansDto"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlanDiffDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_plans_street_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    post_plans_street_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_plans_street_proposals_rid_approve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlansDto"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_plans_street_proposals_rid_reject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                street: string;
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlansDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_practice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PracticeDto"];
                };
            };
        };
    };
    put_practice: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PracticeIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PracticeDto"];
                };
            };
        };
    };
    get_push_platform_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `onenet`, `ctwing`, `huawei`, `tencent` */
                platform: string;
                link: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_push_platform_link: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `onenet`, `ctwing`, `huawei`, `tencent` */
                platform: string;
                link: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_quarantine: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantinePageDto"];
                };
            };
        };
    };
    post_quarantine_id_bind: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BindIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FiledDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_quarantine_id_decode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecodeIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecodedDto"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_quarantine_id_seen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    post_reach: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CircleReachIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CircleReachDto"];
                };
            };
        };
    };
    post_readings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReadingIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportedDto"];
                };
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_reassessments: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_ReassessDto"];
                };
            };
        };
    };
    post_receipts_notice_id: {
        parameters: {
            query?: never;
            header: {
                "webhook-id": string;
                "webhook-timestamp": number;
                "webhook-signature": string;
            };
            path: {
                notice_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReceiptIn"];
            };
        };
        responses: {
            /** @description taken, also when it is said twice */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_register_log: {
        parameters: {
            query?: {
                /** @description Written by this account. */
                by?: string;
                /** @description About the thing of this id. */
                subject?: string;
                /** @description With this word. */
                what?: string;
                /** @description Not before. */
                from?: string;
                /** @description Before this instant. */
                until?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterLineDto"];
                };
            };
        };
    };
    get_reports_calls_csv: {
        parameters: {
            query?: {
                /** @description As `2026-03`, by the street's calendar; the one that runs when left out. */
                month?: string;
                /** @description An area of one's own, by its code; all of one's own when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_reports_month: {
        parameters: {
            query?: {
                /** @description As `2026-03`, by the street's calendar; the one that runs when left out. */
                month?: string;
                /** @description An area of one's own, by its code; all of one's own when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonthReportDto"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_reports_month_xlsx: {
        parameters: {
            query?: {
                /** @description As `2026-03`, by the street's calendar; the one that runs when left out. */
                month?: string;
                /** @description An area of one's own, by its code; all of one's own when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": number[];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_responders: {
        parameters: {
            query?: {
                tier?: string;
                /** @description Only those at work, or only those not. */
                on_duty?: boolean;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_ResponderDto"];
                };
            };
        };
    };
    post_responders_me_calendar: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CalendarLinkDto"];
                };
            };
        };
    };
    post_responders_me_calendar_end: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    put_responders_me_duty: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DutyIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DutyDto"];
                };
            };
        };
    };
    get_responders_me_history: {
        parameters: {
            query?: {
                /** @description `2026-03`, by the street's own calendar; the present one when left out. */
                month?: string;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnRecordDto"];
                };
            };
        };
    };
    post_responders_me_position: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PositionIn"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_responders_me_shifts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnShiftsDto"];
                };
            };
        };
    };
    get_responders_me_swaps: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SwapsDto"];
                };
            };
        };
    };
    post_responders_me_swaps: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwapIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SwapDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_responders_me_swaps_rid_agree: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SwapDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_responders_me_swaps_rid_decline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SwapDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_responders_me_swaps_rid_take_back: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                rid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SwapDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_responders_me_visits: {
        parameters: {
            query?: {
                /** @description Also what is due within so many days, 0 to 31; 0 when left out. */
                ahead_days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_VisitToMakeDto"];
                };
            };
        };
    };
    post_responders_me_visits_route: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RouteDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_responders_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResponderDto"];
                };
            };
        };
    };
    post_responders_id_absence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AbsenceIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AbsenceDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_responders_id_absence_end: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_responders_id_reach: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    put_responders_id_reach: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OfficeReachIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReachDto"];
                };
            };
        };
    };
    get_service_kinds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceKindsDto"];
                };
            };
        };
    };
    get_service_requests: {
        parameters: {
            query?: {
                /** @description Only open ones. */
                open?: boolean;
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_CaseDto"];
                };
            };
        };
    };
    post_service_requests: {
        parameters: {
            query?: never;
            header?: {
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RequestIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestedDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_sheets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SheetsDto"];
                };
            };
        };
    };
    get_stations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_StationDto"];
                };
            };
        };
    };
    post_stations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStationIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationFileDto"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_stations_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationFileDto"];
                };
            };
        };
    };
    put_stations_id: {
        parameters: {
            query?: never;
            header: {
                "If-Match": string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StationFileIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationFileDto"];
                };
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    put_stations_id_free: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FreeIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StationFileDto"];
                };
            };
        };
    };
    get_stations_id_log: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_RegisterEventDto"];
                };
            };
        };
    };
    get_stations_id_requests: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_StationRequestDto"];
                };
            };
        };
    };
    post_stations_id_requests_case_id_answer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                case_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceDto"];
                };
            };
        };
    };
    post_stations_id_requests_case_id_done: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceDto"];
                };
            };
        };
    };
    get_telephony: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TelephonyDto"];
                };
            };
        };
    };
    get_tiles_z_x_y: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                z: number;
                x: number;
                y: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.mapbox-vector-tile": unknown;
                };
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_uncalled: {
        parameters: {
            query?: {
                /** @description 1 to 500; 100 when left out. */
                limit?: number;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_UncalledDto"];
                };
            };
        };
    };
    get_visits: {
        parameters: {
            query?: {
                /** @description An area of the caller's; all of them when left out. */
                area?: string;
                /** @description `overdue`, `due` (overdue ones among them; when left out), `all`. */
                state?: string;
                /** @description Only those that this responder makes. */
                responder?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitsDto"];
                };
            };
        };
    };
    get_visits_coverage: {
        parameters: {
            query?: {
                /** @description `2026-03`, by the street's own calendar; the present one when left out. */
                month?: string;
                /** @description An area of the caller's; all of them when left out. */
                area?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitCoverageDto"];
                };
            };
        };
    };
    get_wall_board: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WallDto"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_wall_map: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MapDto"];
                };
            };
        };
    };
    post_wall_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WallOpenIn"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    get_wall_tiles_z_x_y: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                z: number;
                x: number;
                y: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.mapbox-vector-tile": unknown;
                };
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_walls: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDto_WallScreenDto"];
                };
            };
        };
    };
    post_walls: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WallIn"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WallLinkDto"];
                };
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
    post_walls_id_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    get_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyDto"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadyDto"];
                };
            };
        };
    };
    get_t_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description a page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description a page that says so */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    post_t_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        /** @description `answer=accept` or `answer=decline` */
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": string;
            };
        };
        responses: {
            /** @description a page that says what was noted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description a page that says so */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDto"];
                };
            };
        };
    };
}
