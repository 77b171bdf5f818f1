#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What holds for every verb: parsing, help, error texts, exit codes.

load lib.bash

setup_file() {
	common_setup_file
}

@test "version prints what schedulers parse" {
	run --separate-stderr rkt version
	expect_status 0
	expect_match "${lines[0]}" '^rkt Version: [0-9]+\.[0-9]+\.[0-9]+'
	expect_match "${lines[1]}" '^appc Version: 0\.8\.11$'
	version=${lines[0]#rkt Version: }
	[ "$(printf '%s\n' 1.30.0 "$version" | sort -V | head -n 1)" = 1.30.0 ]
}

@test "a verb may be shortened to a unique prefix" {
	run --separate-stderr rkt vers
	expect_status 0
	expect_match "$output" 'rkt Version'
}

@test "an unknown verb is refused" {
	run --separate-stderr rkt bogus
	expect_status 254
	expect_equal "$stderr" $'Error: unknown command "bogus" for "rkt"\nRun \'rkt --help\' for usage.'
}

@test "rkt alone says that a command is missing, prints help and ends with 2" {
	run --separate-stderr "$RKT"
	expect_status 2
	expect_match "$stderr" 'rkt: missing command'
	expect_match "$output" 'COMMANDS'
}

@test "help of rkt and of each verb has the known blocks" {
	run --separate-stderr rkt --help
	expect_status 0
	for block in NAME USAGE VERSION COMMANDS 'GLOBAL OPTIONS'; do
		grep -qE "^$block:?" <<<"$output" || { echo "no $block in $output"; return 1; }
	done
	for verb in run prepare run-prepared fetch list status stop rm gc enter cat-manifest 'image list' 'image rm'; do
		for form in "rkt help $verb" "rkt $verb --help" "rkt $verb -h"; do
			run --separate-stderr $form
			expect_status 0
			grep -qE '^NAME:?' <<<"$output" || { echo "$form prints no help: $output"; return 1; }
		done
	done
}

@test "an unknown flag is refused with the usage" {
	run --separate-stderr rkt list --no-such-flag
	expect_status 254
	expect_match "$stderr$output" 'no-such-flag'
}

@test "flags take their value behind = or as the next word, except those with an optional one" {
	expect_equal "$(rkt list --format json)" "$(rkt list --format=json)"
	run --separate-stderr rkt run --net none
	expect_status 254
	refute_match "$stderr" 'must provide at least one image'
}

@test "debug prints the whole chain of causes" {
	make_aci "$BATS_TEST_TMPDIR/bad.aci" '.labels = 7'
	run --separate-stderr rkt --insecure-options=image --debug fetch "$BATS_TEST_TMPDIR/bad.aci"
	expect_status 254
	expect_match "$stderr" '└─'
	run --separate-stderr rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/bad.aci"
	expect_status 254
	refute_match "$stderr" '└─'
	expect_equal "$(wc -l <<<"$stderr")" 1
}

@test "insecure-options knows its words and names one that it does not know" {
	run --separate-stderr rkt --insecure-options=image,ondisk,image list
	expect_status 0
	run --separate-stderr rkt --insecure-options=bogus list
	expect_status 254
	expect_match "$stderr" 'bogus'
}

@test "an empty data directory name is refused" {
	run --separate-stderr "$RKT" --dir= list
	expect_status 254
}
