# Reads go test -v: prints a line for each package, what was skipped and why, and everything of a
# package that failed.
/^(ok  |\?   |FAIL)\t/ {
	if ($1 == "FAIL") printf "%s", all
	if ($1 != "?") print
	for (i = 1; i <= skips; i++) print "        skipped " skipped[i]
	all = ""; skips = 0; before = ""
	next
}
/^ *--- SKIP: / { reason = before; sub(/^ *[^ ]*\.go:[0-9]+: */, "", reason); skipped[++skips] = $3 ": " reason }
{ all = all $0 "\n"; before = $0 }
END { printf "%s", all }
