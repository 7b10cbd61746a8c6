# What the automatic call says (Fluent). Values: key_fine, key_help, dialect (the elder's; `none` where there is none).
# No name, no address, no word about health.

check = Hello, this is the care emergency centre. We have received your call for help. If you are fine, press { $key_fine }. If you need help, press { $key_help }. If you press nothing, we are coming.
