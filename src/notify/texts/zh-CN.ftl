# 通知的文字（Fluent）。每种通知一条，四种形式：
#   .title   标题：邮件主题、应用消息的标题，会显示在锁屏上
#   .body    正文：邮件
#   .line    一行：短信、群机器人、打印
#   .spoken  口播：语音电话
# 可用的值：case_number、area_name（只在 .body）、severity、minutes、link（不在 .title 和 .spoken）、key_yes、key_no。
# 没有的值是 none 这个词，用选择式处理。任何文字里不写姓名、住址、健康状况。

# 演练时加在最前面。
drill =
    .title = 【演练】
    .body = 【演练】这是一次演练，请勿当真。
    .line = 【演练】
    .spoken = 这是一次演练。

# 各条共用的部分。
number = { $case_number ->
    [none] {""}
   *[other] （编号{ $case_number }）
 }
detail = { $case_number ->
    [none] {""}
   *[other] 编号：{ $case_number }。
 }{ $area_name ->
    [none] {""}
   *[other] 所在网格：{ $area_name }。
 }{ $severity ->
    [critical] 级别：特急（红色）。
    [urgent] 级别：紧急（橙色）。
    [routine] 级别：一般（黄色）。
    [technical] 级别：设备事项（蓝色）。
   *[other] {""}
 }
open = { $link ->
    [none] {""}
   *[other] 查看：{ $link }
 }
go = { $key_yes ->
    [none] {""}
   *[other] 能去请回复{ $key_yes }，不能去请回复{ $key_no }。
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] 能去请按{ $key_yes }，不能去请按{ $key_no }。
     }
take = { $key_yes ->
    [none] {""}
   *[other] 接手请回复{ $key_yes }，不能接手请回复{ $key_no }。
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] 由您接手请按{ $key_yes }，不能接手请按{ $key_no }。
     }

know = { $key_yes ->
    [none] {""}
   *[other] 您已知晓并会关注请回复{ $key_yes }，顾不上请回复{ $key_no }。
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] 您已知晓并会关注请按{ $key_yes }，顾不上请按{ $key_no }。
     }

offer =
    .title = 有一件求助，请您答复
    .body = 您好！附近有一件求助，想请您前往，请尽快答复是否能去。{ detail }{ go }{ open }
    .line = 有一件求助请您前往{ number }，请尽快答复。{ go }{ open }
    .spoken = 您好，这里是应急调度中心。附近有一件求助，想请您前往。{ go.spoken }
offer_ended =
    .title = 您不必前往了
    .body = 您好！刚才请您前往的求助已有人负责或已经结束，您不必前往，谢谢您。{ detail }{ open }
    .line = 刚才的求助{ number }您不必前往了，谢谢您。{ open }
    .spoken = 您好，这里是应急调度中心。刚才的求助您不必前往了，谢谢您。
provisional =
    .title = 已收到您的答复
    .body = 您好！已收到您的答复，正在确定由谁前往，请稍候。{ detail }{ open }
    .line = 已收到您的答复{ number }，正在确定由谁前往，请稍候。{ open }
    .spoken = 您好，这里是应急调度中心。已收到您的答复，正在确定由谁前往，请稍候。
lead =
    .title = 请您前往
    .body = 您好！这件求助由您负责，请即刻出发。去哪里、怎么走，请登录后查看。{ detail }{ open }
    .line = 求助{ number }由您负责，请即刻出发，详情登录后查看。{ open }
    .spoken = 您好，这里是应急调度中心。刚才的求助由您负责，请即刻出发，详情请登录后查看。
backup =
    .title = 请您待命
    .body = 您好！这件求助已有人前往，请您待命，需要时会再通知您。{ detail }{ open }
    .line = 求助{ number }已有人前往，请您待命。{ open }
    .spoken = 您好，这里是应急调度中心。刚才的求助已有人前往，请您待命。
stand_down =
    .title = 您不必前往了
    .body = 您好！这件求助不再需要您前往，辛苦了，谢谢您。{ detail }{ open }
    .line = 求助{ number }不再需要您前往，辛苦了。{ open }
    .spoken = 您好，这里是应急调度中心。刚才的求助不再需要您前往，辛苦了。
call_late =
    .title = 请告知您到哪里了
    .body = 您好！您负责的求助还没有收到您出发的消息，请尽快与指挥中心联系。{ detail }{ open }
    .line = 求助{ number }尚未收到您出发的消息，请尽快联系指挥中心。{ open }
    .spoken = 您好，这里是应急调度中心。您负责的求助还没有收到您出发的消息，请尽快与我们联系。
lead_revoked =
    .title = 此件已改由他人负责
    .body = 您好！这件求助已改由他人负责，请您停止前往，谢谢您。{ detail }{ open }
    .line = 求助{ number }已改由他人负责，请您停止前往。{ open }
    .spoken = 您好，这里是应急调度中心。您负责的求助已改由他人负责，请您停止前往。
ring_desk =
    .title = 有求助等待接手
    .body = 有一件求助在调度席等待接手，请尽快处理。{ detail }{ open }
    .line = 有求助等待接手{ number }，请调度席尽快处理。{ open }
    .spoken = 您好，这里是应急调度中心。调度席有一件求助等待接手，请尽快处理。
ring_duty_leader =
    .title = 请带班领导处置
    .body = 您好！有一件求助至今无人接手，请您处置。{ detail }{ take }{ open }
    .line = 有求助无人接手{ number }，请带班领导处置。{ take }{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助至今无人接手，请您作为带班领导处置。{ take.spoken }
call_leg =
    .title = 有新的求助
    .body = 您好！刚收到一件求助，正同时通知各方，尚无人应答，请您关注。{ detail }{ take }{ open }
    .line = 刚收到求助{ number }，尚无人应答，请关注。{ take }{ open }
    .spoken = 您好，这里是应急调度中心。刚收到一件求助，正同时通知各方，尚无人应答。{ take.spoken }
ring_next_seat =
    .title = 请协助邻席接手
    .body = 您好！邻席有求助无人接手，请您协助。{ detail }{ take }{ open }
    .line = 邻席有求助无人接手{ number }，请协助。{ take }{ open }
    .spoken = 您好，这里是应急调度中心。邻席有求助无人接手，请您协助。{ take.spoken }
prompt_120 =
    .title = 请拨打120
    .body = 请立即拨打120，并在系统中登记。{ detail }{ open }
    .line = 求助{ number }请立即拨打120并登记。{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助请立即拨打120，并在系统中登记。
prompt_119 =
    .title = 请拨打119
    .body = 请立即拨打119，并在系统中登记。{ detail }{ open }
    .line = 求助{ number }请立即拨打119并登记。{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助请立即拨打119，并在系统中登记。
prompt_110 =
    .title = 请拨打110
    .body = 请立即拨打110，并在系统中登记。{ detail }{ open }
    .line = 求助{ number }请立即拨打110并登记。{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助请立即拨打110，并在系统中登记。
key_holders =
    .title = 请联系持有钥匙的人
    .body = 有一件求助需要开门，请联系持有钥匙的人。{ detail }{ open }
    .line = 求助{ number }需要开门，请联系持有钥匙的人。{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助需要开门，请联系持有钥匙的人。
family_urges =
    .title = 家属催办，请查看进展
    .body = 有一件求助家属催办，请查看进展，并告知家属。{ detail }{ open }
    .line = 求助{ number }家属催办，请调度席查看进展。{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助家属催办，请查看进展，并告知家属。
family_opened =
    .title = 您的家人发出了求助
    .body = 您好！您的家人发出了求助，我们正在处理，一有进展就告诉您，请保持电话畅通。{ detail }{ open }
    .line = 您好，您的家人发出了求助{ number }，我们正在处理，请保持电话畅通。{ open }
    .spoken = 您好，这里是应急调度中心。您的家人发出了求助，我们正在处理，请保持电话畅通。{ know.spoken }
family_ask =
    .title = 您的家人发出了求助，请您答复
    .body = 您好！您的家人发出了求助，我们正在处理。请您答复是否已知晓，以便我们不再逐个联系其他家属。{ detail }{ know }{ open }
    .line = 您的家人发出了求助{ number }，我们正在处理，请您答复是否知晓。{ know }{ open }
    .spoken = 您好，这里是应急调度中心。您的家人发出了求助，我们正在处理，请您答复是否知晓。{ know.spoken }
family_raised =
    .title = 您家人的求助十分紧急
    .body = 您好！您的家人发出了求助，现在十分紧急，我们正在处理，一有进展就告诉您，请保持电话畅通。{ detail }{ open }
    .line = 您好，您家人的求助{ number }现在十分紧急，我们正在处理，请保持电话畅通。{ open }
    .spoken = 您好，这里是应急调度中心。您家人的求助现在十分紧急，我们正在处理，请保持电话畅通。{ know.spoken }
family_accepted =
    .title = 已有人前往看望您的家人
    .body = 您好！已有人前往看望您的家人{ $minutes ->
        [none] {""}
       *[other] ，预计{ $minutes }分钟内到达
     }。{ detail }{ open }
    .line = 您好，已有人前往看望您的家人{ number }{ $minutes ->
        [none] {""}
       *[other] ，预计{ $minutes }分钟内到达
     }。{ open }
    .spoken = 您好，这里是应急调度中心。已有人前往看望您的家人{ $minutes ->
        [none] {""}
       *[other] ，预计{ $minutes }分钟内到达
     }。
family_arrived =
    .title = 我们的人已到您家人处
    .body = 您好！我们的人已到您家人处，一有结果就告诉您。{ detail }{ open }
    .line = 您好，我们的人已到您家人处{ number }，一有结果就告诉您。{ open }
    .spoken = 您好，这里是应急调度中心。我们的人已到您家人处，一有结果就告诉您。
family_closed =
    .title = 您家人的求助已处理完毕
    .body = 您好！您家人的求助已处理完毕，如有疑问请与我们联系。{ detail }{ open }
    .line = 您好，您家人的求助{ number }已处理完毕，如有疑问请与我们联系。{ open }
    .spoken = 您好，这里是应急调度中心。您家人的求助已处理完毕，如有疑问请与我们联系。
family_false_alarm =
    .title = 刚才的求助是误报
    .body = 您好！刚才的求助经核实是误报，没有异常，请您放心。{ detail }{ open }
    .line = 您好，刚才的求助{ number }经核实是误报，没有异常，请您放心。{ open }
    .spoken = 您好，这里是应急调度中心。刚才的求助经核实是误报，没有异常，请您放心。
file_opened =
    .title = 紧急情况下查看资料的告知
    .body = 您好！救助过程中，为保护生命安全，查看了为应急留存的资料：{ $opened_what ->
        [door] 入户方式
        [health] 平时不开放的档案内容
        [photo] 现场照片
       *[other] 多项资料
     }{ $opened_at ->
        [none] {""}
       *[other] ，首次时间{ $opened_at }
     }，查看人：{ $opened_by ->
        [dispatcher] 调度席
        [duty_leader] 带班领导
        [grid_worker] 现场救助人员
        [caregiver] 现场照护人员
       *[other] 参与救助的多位人员
     }。每次查看均有记录，如有疑问或异议请与我们联系。{ detail }{ open }
    .line = 救助{ number }中为保护生命安全查看了应急资料：{ $opened_what ->
        [door] 入户方式
        [health] 平时不开放的档案
        [photo] 现场照片
       *[other] 多项
     }{ $opened_at ->
        [none] {""}
       *[other] ，{ $opened_at }
     }，{ $opened_by ->
        [dispatcher] 调度席
        [duty_leader] 带班领导
        [grid_worker] 现场救助人员
        [caregiver] 现场照护人员
       *[other] 多位救助人员
     }查看。有疑问请联系我们。{ open }
    .spoken = 您好，这里是应急调度中心。救助过程中，为保护生命安全查看了为应急留存的资料，如有疑问请与我们联系。
support =
    .title = 需要增援，请您答复
    .body = 您好！有一件求助需要增援，请尽快答复是否能去。{ detail }{ go }{ open }
    .line = 求助{ number }需要增援，请尽快答复。{ go }{ open }
    .spoken = 您好，这里是应急调度中心。有一件求助需要增援。{ go.spoken }
referral =
    .title = 有一件事项请贵单位协助
    .body = 您好！有一件事项请贵单位协助，请与指挥中心联系。{ detail }{ open }
    .line = 您好，有一件事项{ number }请贵单位协助，请与指挥中心联系。{ open }
    .spoken = 您好，这里是应急调度中心。有一件事项请贵单位协助，请与我们联系。
call_inside =
    .title = 您正在处理的这一户又有求助
    .body = 您好！您正在处理的这一户又有求助，请登录后查看。{ detail }{ open }
    .line = 您正在处理的这一户又有求助{ number }，请登录后查看。{ open }
    .spoken = 您好，这里是应急调度中心。您正在处理的这一户又有求助，请登录后查看。
got = { $link ->
    [none] {""}
   *[other] 请点开确认：{ $link }
 }
    .spoken = { $key_yes ->
        [none] {""}
       *[other] 听到请按{ $key_yes }。
     }
channel_test =
    .title = 通知渠道自检
    .body = 您好！这是通知渠道自检，没有发生任何事，收到即表示此渠道可用。{ got }
    .line = 通知渠道自检：没有发生任何事，收到即表示此渠道可用。{ got }
    .spoken = 您好，这里是应急调度中心。这是通知渠道自检，没有发生任何事。{ got.spoken }
family_sheet =
    .title = 上月平安月报
    .body = 您好！您家人的平安月报已可查看。{ month }{ open }
    .line = 您家人的平安月报已可查看。{ month }{ open }
    .spoken = 您好，这里是应急调度中心。您家人的平安月报已可查看。
month = { $sheet_month ->
    [none] {""}
   *[other] { $sheet_month }：求助{ $sheet_calls }次，其中虚惊{ $sheet_false }次；有人上门{ $sheet_came }次；平静{ $sheet_quiet }天。
 }
follow_up_late =
    .title = 有一件回访已超过时限
    .body = 您好！有一件回访已超过时限，请尽快完成并登记结果。{ detail }{ open }
    .line = 有一件回访已超过时限{ number }，请尽快完成。{ open }
    .spoken = 您好，这里是应急调度中心。有一件回访已超过时限，请尽快完成。
