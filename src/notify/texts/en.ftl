# What notices say (Fluent). One message for each kind, with four forms:
#   .title   the subject of a mail, the head of an application's message; it shows on lock screens
#   .body    the text of a mail
#   .line    one line: short messages, robots of groups, paper
#   .spoken  what a call says
# Values: case_number, area_name (in .body only), severity, minutes, link (not in .title and .spoken), key_yes, key_no.
# What is not known is the word none; a selection deals with it. No text has a name, an address or a word about health in it.

# Said first in an exercise.
drill =
    .title = [EXERCISE]
    .body = [EXERCISE] This is an exercise, not a real case.
    .line = [EXERCISE]
    .spoken = This is an exercise.

# What several have in common.
number = { $case_number ->
    [none] {""}
   *[other] {" "}({ $case_number })
 }
detail = { $case_number ->
    [none] {""}
   *[other] {" "}Number: { $case_number }.
 }{ $area_name ->
    [none] {""}
   *[other] {" "}Grid: { $area_name }.
 }{ $severity ->
    [critical] {" "}Level: critical (red).
    [urgent] {" "}Level: urgent (orange).
    [routine] {" "}Level: routine (yellow).
    [technical] {" "}Level: technical (blue).
   *[other] {""}
 }
open = { $link ->
    [none] {""}
   *[other] {" "}See { $link }
 }
go = { $key_yes ->
    [none] {""}
   *[other] {" "}Reply { $key_yes } if you can go, { $key_no } if you cannot.
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] {" "}Press { $key_yes } if you can go, { $key_no } if you cannot.
     }
take = { $key_yes ->
    [none] {""}
   *[other] {" "}Reply { $key_yes } to take it, { $key_no } if you cannot.
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] {" "}Press { $key_yes } to take it, { $key_no } if you cannot.
     }

know = { $key_yes ->
    [none] {""}
   *[other] {" "}Reply { $key_yes } if you know of it and see to it, { $key_no } if you cannot.
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] {" "}Press { $key_yes } if you know of it and see to it, { $key_no } if you cannot.
     }

offer =
    .title = A call for help: can you go?
    .body = There is a call for help near you. Please say soon whether you can go.{ detail }{ go }{ open }
    .line = Call for help near you{ number }: can you go?{ go }{ open }
    .spoken = Hello, this is the emergency dispatch centre. There is a call for help near you. Can you go?{ go.spoken }
offer_ended =
    .title = You need not go
    .body = The call for help that you were asked about is in other hands or over. You need not go. Thank you.{ detail }{ open }
    .line = You need not go{ number }. Thank you.{ open }
    .spoken = Hello, this is the emergency dispatch centre. You need not go any more. Thank you.
provisional =
    .title = Your answer has arrived
    .body = Your answer has arrived. We are settling who goes; please wait a moment.{ detail }{ open }
    .line = Your answer has arrived{ number }. We are settling who goes; please wait.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your answer has arrived. We are settling who goes; please wait.
lead =
    .title = Please go now
    .body = This call for help is yours: please set out now. Where to, you see after signing in.{ detail }{ open }
    .line = Please go now{ number }. Sign in for the details.{ open }
    .spoken = Hello, this is the emergency dispatch centre. The call for help is yours: please set out now, and sign in for the details.
backup =
    .title = Please stand by
    .body = Somebody is on the way. Please stand by; we tell you when you are needed.{ detail }{ open }
    .line = Somebody is on the way{ number }. Please stand by.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Somebody is on the way. Please stand by.
stand_down =
    .title = You are not needed any more
    .body = You are not needed any more for this call for help. Thank you.{ detail }{ open }
    .line = You are not needed any more{ number }. Thank you.{ open }
    .spoken = Hello, this is the emergency dispatch centre. You are not needed any more. Thank you.
call_late =
    .title = Where are you?
    .body = We have not heard that you set out. Please call the dispatch centre.{ detail }{ open }
    .line = We have not heard that you set out{ number }. Please call the dispatch centre.{ open }
    .spoken = Hello, this is the emergency dispatch centre. We have not heard that you set out. Please call us.
lead_revoked =
    .title = Somebody else goes now
    .body = Somebody else has this call for help now. Please do not go on. Thank you.{ detail }{ open }
    .line = Somebody else goes now{ number }. Please do not go on.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Somebody else goes now. Please do not go on.
ring_desk =
    .title = A call for help waits at the desk
    .body = A call for help waits at the desk. Please take it.{ detail }{ open }
    .line = A call for help waits at the desk{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. A call for help waits at the desk.
ring_duty_leader =
    .title = The duty leader is asked to act
    .body = Nobody has taken a call for help. Please act.{ detail }{ take }{ open }
    .line = Nobody has taken a call for help{ number }. Duty leader, please act.{ take }{ open }
    .spoken = Hello, this is the emergency dispatch centre. Nobody has taken a call for help. As duty leader, please act.{ take.spoken }
call_leg =
    .title = A call for help has come in
    .body = A call for help has come in. You are called beside the others; nobody has answered yet.{ detail }{ take }{ open }
    .line = A call for help has come in{ number }; nobody has answered yet.{ take }{ open }
    .spoken = Hello, this is the emergency dispatch centre. A call for help has come in, and nobody has answered yet.{ take.spoken }
ring_next_seat =
    .title = The next seat needs you
    .body = Nobody has taken a call for help at the next seat. Please help.{ detail }{ take }{ open }
    .line = Nobody has taken a call for help at the next seat{ number }.{ take }{ open }
    .spoken = Hello, this is the emergency dispatch centre. Nobody has taken a call for help at the next seat.{ take.spoken }
prompt_120 =
    .title = Please call 120
    .body = Please call 120 at once, and record it.{ detail }{ open }
    .line = Please call 120 at once{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Please call 1 2 0 at once, and record it.
prompt_119 =
    .title = Please call 119
    .body = Please call 119 at once, and record it.{ detail }{ open }
    .line = Please call 119 at once{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Please call 1 1 9 at once, and record it.
prompt_110 =
    .title = Please call 110
    .body = Please call 110 at once, and record it.{ detail }{ open }
    .line = Please call 110 at once{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Please call 1 1 0 at once, and record it.
key_holders =
    .title = Please find who has a key
    .body = Somebody waits to be let in. Please call those who have a key.{ detail }{ open }
    .line = Please call those who have a key{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Somebody waits to be let in. Please call those who have a key.
family_urges =
    .title = A family asks how it is getting on
    .body = The family asks how a call for help is getting on. Please look, and tell them.{ detail }{ open }
    .line = The family asks how a call for help is getting on{ number }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. The family asks how a call for help is getting on. Please look, and tell them.
family_opened =
    .title = Your relative has called for help
    .body = Your relative has called for help. We are seeing to it and tell you what happens. Please keep your telephone at hand.{ detail }{ open }
    .line = Your relative has called for help{ number }. We are seeing to it; please keep your telephone at hand.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your relative has called for help. We are seeing to it; please keep your telephone at hand.{ know.spoken }
family_ask =
    .title = Your relative has called for help: do you know of it?
    .body = Your relative has called for help. We are seeing to it. Please say that you know of it, so that we ask nobody else of the family.{ detail }{ know }{ open }
    .line = Your relative has called for help{ number }; we are seeing to it. Do you know of it?{ know }{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your relative has called for help; we are seeing to it. Do you know of it?{ know.spoken }
family_raised =
    .title = Your relative's call for help is very urgent
    .body = Your relative has called for help, and it is very urgent now. We are seeing to it and tell you what happens. Please keep your telephone at hand.{ detail }{ open }
    .line = Your relative has called for help{ number }, and it is very urgent now. We are seeing to it; please keep your telephone at hand.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your relative has called for help, and it is very urgent now. We are seeing to it; please keep your telephone at hand.{ know.spoken }
family_accepted =
    .title = Somebody is on the way to your relative
    .body = Somebody is on the way to your relative{ $minutes ->
        [none] {""}
        [one] {" "}and will be there in { $minutes } minute
       *[other] {" "}and will be there in { $minutes } minutes
     }.{ detail }{ open }
    .line = Somebody is on the way to your relative{ number }{ $minutes ->
        [none] {""}
        [one] , there in { $minutes } minute
       *[other] , there in { $minutes } minutes
     }.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Somebody is on the way to your relative{ $minutes ->
        [none] {""}
        [one] {" "}and will be there in { $minutes } minute
       *[other] {" "}and will be there in { $minutes } minutes
     }.
family_arrived =
    .title = Somebody is with your relative
    .body = Somebody has arrived at your relative's. We tell you how it ends.{ detail }{ open }
    .line = Somebody has arrived at your relative's{ number }. We tell you how it ends.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Somebody has arrived at your relative's. We tell you how it ends.
family_closed =
    .title = Your relative's call has been seen to
    .body = Your relative's call for help has been seen to. Please call us with any question.{ detail }{ open }
    .line = Your relative's call has been seen to{ number }. Please call us with any question.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your relative's call has been seen to. Please call us with any question.
family_false_alarm =
    .title = It was a false alarm
    .body = The call for help was a false alarm. Nothing was wrong.{ detail }{ open }
    .line = It was a false alarm{ number }. Nothing was wrong.{ open }
    .spoken = Hello, this is the emergency dispatch centre. The call for help was a false alarm. Nothing was wrong.
file_opened =
    .title = What was opened of a file in an emergency
    .body = While help was on its way, data that are kept for emergencies were opened: { $opened_what ->
        [door] how to get in
        [health] a shut part of the file
        [photo] a photo of the place
       *[other] several parts of the file
     }{ $opened_at ->
        [none] {""}
       *[other] , first on { $opened_at }
     }, to { $opened_by ->
        [dispatcher] the desk
        [duty_leader] the duty leader
        [grid_worker] a helper on the spot
        [caregiver] a carer on the spot
       *[other] those who helped
     }. It was done to protect life, and each look is recorded. Please call us with any question or objection.{ detail }{ open }
    .line = In the emergency{ number } data kept for it were opened: { $opened_what ->
        [door] how to get in
        [health] a shut part of the file
        [photo] a photo
       *[other] several parts
     }{ $opened_at ->
        [none] {""}
       *[other] , { $opened_at }
     }, to { $opened_by ->
        [dispatcher] the desk
        [duty_leader] the duty leader
        [grid_worker] a helper
        [caregiver] a carer
       *[other] those who helped
     }, to protect life. Questions: please call us.{ open }
    .spoken = Hello, this is the emergency dispatch centre. In an emergency data kept for it were opened, to protect life. Please call us with any question.
support =
    .title = More hands are needed: can you go?
    .body = More hands are needed for a call for help. Please say soon whether you can go.{ detail }{ go }{ open }
    .line = More hands are needed{ number }: can you go?{ go }{ open }
    .spoken = Hello, this is the emergency dispatch centre. More hands are needed. Can you go?{ go.spoken }
referral =
    .title = Your service is asked to help
    .body = Your service is asked to help with a case. Please call the dispatch centre.{ detail }{ open }
    .line = Your service is asked to help{ number }. Please call the dispatch centre.{ open }
    .spoken = Hello, this is the emergency dispatch centre. Your service is asked to help. Please call us.
call_inside =
    .title = Another call where you are
    .body = There is another call for help where you are. Please sign in and look.{ detail }{ open }
    .line = Another call for help where you are{ number }. Please sign in and look.{ open }
    .spoken = Hello, this is the emergency dispatch centre. There is another call for help where you are. Please sign in and look.
got = { $link ->
    [none] {""}
   *[other] {" "}Say that you got it: { $link }
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] {" "}Press { $key_yes } if you hear this.
     }
channel_test =
    .title = A try of this way
    .body = You are told by this way. Nothing has happened.{ got }
    .line = A try of this way: nothing has happened.{ got }
    .spoken = Hello, this is the emergency dispatch centre. This is a try of your telephone. Nothing has happened.{ got.spoken }
family_sheet =
    .title = The sheet of last month
    .body = The sheet of last month about your relative can be read now.{ month }{ open }
    .line = The sheet of last month about your relative can be read now.{ month }{ open }
    .spoken = Hello, this is the emergency dispatch centre. The sheet of last month about your relative can be read now.
month = { $sheet_month ->
    [none] {""}
   *[other] {" "}{ $sheet_month }: calls for help { $sheet_calls }, of which { $sheet_false } were nothing; somebody came { $sheet_came } times; { $sheet_quiet } quiet days.
 }
follow_up_late =
    .title = A follow-up is late
    .body = A follow-up has had no result in its time. Please do it and record how it went.{ detail }{ open }
    .line = A follow-up is late{ number }. Please do it and record how it went.{ open }
    .spoken = Hello, this is the emergency dispatch centre. A follow-up is late. Please do it and record how it went.
