# Sums the reports that Maven's Surefire leaves (TEST-*.xml): a line for each test that was skipped or failed, with the
# reason, then the one line that counts.

# The value of an attribute of the element that begins on this line.
function attribute(name,   value) {
  if (!match($0, " " name "=\"[^\"]*\"")) return ""
  value = substr($0, RSTART, RLENGTH)
  sub(/^[^"]*"/, "", value)
  sub(/"$/, "", value)
  gsub(/&quot;/, "\"", value)
  gsub(/&lt;/, "<", value)
  gsub(/&gt;/, ">", value)
  gsub(/&#10;/, " ", value)
  gsub(/&amp;/, "\\&", value)
  return value
}

/<testsuite / {
  tests += attribute("tests")
  failed += attribute("failures") + attribute("errors")
  skipped += attribute("skipped")
}

/<testcase / { test = attribute("classname") "." attribute("name") }

/<skipped/ {
  why = attribute("message")
  if (why == "" && match($0, /TestAbortedException: /)) why = substr($0, RSTART + RLENGTH)
  print "skipped: " test ": " why
}

/<(failure|error)[ >]/ { print "failed: " test ": " attribute("message") }

END { printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped }
