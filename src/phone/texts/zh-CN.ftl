# 自动询问电话的文字（Fluent）。可用的值：key_fine、key_help、dialect（老人的方言，没有时是 none）。
# 不写姓名、住址、健康状况。

check = 您好，这里是养老应急中心。我们收到了您的求助。您如果没事，请按{ $key_fine }。需要帮助，请按{ $key_help }。如果您不按，我们马上派人过去。
