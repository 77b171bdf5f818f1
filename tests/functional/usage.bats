#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What needs neither an image nor a pod: exit codes and texts of commands that are given the wrong words, empty lists, help,
# completion and man pages.

load lib.bash

setup_file() {
	new_data_dir "$BATS_FILE_TMPDIR"
}

teardown() {
	drop_views
}

# expect_error STATUS STDERR COMMAND...: rkt fails like this and prints no result.
expect_error() {
	local wanted_status=$1 text=$2
	shift 2
	run --separate-stderr rkt "$@"
	expect_status "$wanted_status"
	expect_equal "$stderr" "$text"
	expect_equal "$output" ""
}

# expect_usage VERB COMMAND...: rkt says how the verb is called.
expect_usage() {
	local verb=$1
	shift
	run --separate-stderr rkt "$@"
	expect_status 254
	expect_match "$stderr" "USAGE:
	rkt $verb "
	expect_equal "$output" ""
}

@test "empty lists" {
	expect_equal "$(rkt list)" $'UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS'
	expect_equal "$(rkt list --full)" $'UUID\tAPP\tIMAGE NAME\tIMAGE ID\tSTATE\tCREATED\tSTARTED\tNETWORKS\tPOD NAME'
	expect_equal "$(rkt list --no-legend)" ""
	expect_equal "$(rkt list --format=json)" null
	expect_equal "$(rkt image list)" $'ID\tNAME\tSIZE\tIMPORT TIME\tLAST USED'
	expect_equal "$(rkt image list --fields=name,id)" $'NAME\tID'
	expect_equal "$(rkt image list --format=json-pretty)" null
}

@test "a missing data directory is an empty one" {
	run --separate-stderr "$RKT" --dir="$BATS_TEST_TMPDIR/nowhere" list --no-legend
	expect_status 0
	expect_equal "$output$stderr" ""
	[ ! -e "$BATS_TEST_TMPDIR/nowhere" ]
}

@test "pods that are nowhere" {
	expect_error 254 'status: problem retrieving pod: no matches found for "zz"' status zz
	expect_error 254 'cat-manifest: problem retrieving pod: no matches found for "zz"' cat-manifest zz
	expect_error 254 'enter: problem retrieving pod: no matches found for "zz"' enter zz
	expect_error 254 'run-prepared: problem retrieving pod: no matches found for "zz"' run-prepared zz
	expect_error 254 'status: problem retrieving pod: UUID cannot be empty' status ""
	expect_error 254 $'stop: problem retrieving pod: no matches found for "zz"\nstop: failed to stop 1 pod(s)' stop zz
	run --separate-stderr rkt rm zz yy
	expect_status 254
	expect_equal "${stderr_lines[2]}" 'rm: failed to remove one or more pods'
}

@test "debug shows each cause on a line of its own" {
	expect_error 254 $'status: problem retrieving pod\nstatus:   └─no matches found for "zz"' --debug status zz
	expect_error 254 $'status: problem retrieving pod\nstatus:   └─no matches found for "zz"' status zz --debug=true
}

@test "the data directory may be relative and behind a link" {
	mkdir "$BATS_TEST_TMPDIR/real"
	ln -s real "$BATS_TEST_TMPDIR/link"
	cd "$BATS_TEST_TMPDIR"
	"$RKT" --dir=link --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	expect_match "$("$RKT" --dir="$BATS_TEST_TMPDIR/real" image list --no-legend)" "$BUSYBOX"
	POD=$("$RKT" --dir=link prepare "$BUSYBOX")
	expect_match "$("$RKT" --dir=real status "$POD")" 'state=prepared'
}

@test "images that are nowhere" {
	expect_error 254 'cat-manifest: no image IDs found' image cat-manifest sha512-deadbeef
	expect_error 0 'rm: no image IDs found' image rm sha512-deadbeef
	expect_error 254 'run: unable to fetch image from image name "example.com/x": either image was not found in the store or store was disabled and fetching from remote yielded nothing or it was disabled' \
		run --net=none --pull-policy=never example.com/x
	expect_error 254 'run: unable to fetch docker image from URL "docker://x": either image was not found in the store or store was disabled and fetching from remote yielded nothing or it was disabled' \
		run --net=none --pull-policy=never docker://x
}

@test "what looks like an image of a registry, and is none without docker://" {
	expect_error 254 'fetch: malformed app string - colon may appear at most once
fetch: hint: an image of a registry is docker://REF, one in a file oci:DIR or docker-archive:FILE' \
		fetch 127.0.0.1:5000/app:1
	expect_error 254 'fetch: open /nowhere: no such file or directory
fetch: hint: this is the file that --signature names' \
		fetch https://127.0.0.1:1/x.aci --signature=/nowhere
}

@test "options that cannot be met are refused before an image is fetched for them" {
	expect_error 254 "run: networks not found: nowhere
run: hint: networks are configured in $RKT_CONFIG/net.d, in files *.conf and *.conflist; \"default\" and \"default-restricted\" are there always" \
		run --net=nowhere --insecure-options=image docker://127.0.0.1:1/x
	expect_error 254 'prepare: error finding stage1: stage1 image /x: no such file or directory' \
		prepare --insecure-options=image --stage1-path=/x docker://127.0.0.1:1/x
}

@test "the wrong number of words gives the usage" {
	expect_usage status status
	expect_usage status status one two
	expect_usage status status --uuid-file=/dev/null one
	expect_usage rm rm
	expect_usage stop stop
	expect_usage cat-manifest cat-manifest
	expect_usage run-prepared run-prepared
	expect_usage enter enter
	expect_usage list list word
	expect_usage "image rm" image rm
	expect_usage "image cat-manifest" image cat-manifest one two
}

@test "the usage stands behind the reason for it" {
	expect_error 254 $'status: UUID is missing\nUSAGE:\n\trkt status [OPTIONS] UUID | --uuid-file=PATH\n\nRun \'rkt help status\' for its options.' status
	expect_error 254 $'version: unexpected argument "foo"\nUSAGE:\n\trkt version\n\nRun \'rkt help version\' for its options.' version foo
	for verb in enter run-prepared rm stop cat-manifest; do
		run --separate-stderr rkt "$verb"
		expect_equal "${stderr_lines[0]}" "$verb: UUID is missing"
	done
	run --separate-stderr rkt image rm
	expect_equal "${stderr_lines[0]}" "rm: IMAGE is missing"
	for words in "export OUTPUT_ACI_FILE" "extract OUTPUT_DIR" "render OUTPUT_DIR" "import NAME"; do
		run --separate-stderr rkt image "${words% *}" one
		expect_equal "${stderr_lines[0]}" "${words% *}: ${words#* } is missing"
	done
	run --separate-stderr rkt status --uuid-file=/dev/null one
	expect_equal "${stderr_lines[0]}" "status: a UUID and --uuid-file cannot be given together"
}

@test "a uuid-file that cannot be read ends stop and status with 1" {
	expect_error 1 'status: unable to resolve UUID from file: open /nonexistent: no such file or directory' \
		status --uuid-file=/nonexistent
	expect_error 1 'stop: unable to resolve UUID from file: open /nonexistent: no such file or directory' \
		stop --uuid-file=/nonexistent
}

@test "a uuid-file is trimmed" {
	printf '\n  zz \n\n' >"$BATS_TEST_TMPDIR/uuid"
	expect_error 254 'status: problem retrieving pod: no matches found for "zz"' status --uuid-file="$BATS_TEST_TMPDIR/uuid"
}

@test "run refuses options that do not go together" {
	expect_error 254 'run: must provide at least one image or specify the pod manifest' run
	expect_error 254 "run: --port flag does not work with 'none' networking" run --net=none --port=x:80 image
	expect_error 254 'run: interactive option only supports one image' run --interactive a b
	expect_error 254 'run: flags --stage1-path and --stage1-name are mutually exclusive' \
		run --stage1-name=a --stage1-path=b image
	expect_error 254 'run: conflicting flags set with --pod-manifest (see --help)' run --pod-manifest=x image
	expect_error 254 'fetch: app arguments unsupported' fetch image -- x
}

@test "the grammar of images and their arguments" {
	run --separate-stderr rkt run --exec=/bin/true image
	expect_status 254
	expect_equal "${stderr_lines[0]}" 'run: --exec must follow an image'
	run --separate-stderr rkt run -- x
	expect_equal "${stderr_lines[0]}" 'run: an image is required before any app arguments'
	run --separate-stderr rkt run image -- x --- -- y
	expect_equal "${stderr_lines[0]}" 'run: only one set of app arguments allowed per image'
}

@test "words at the wrong place: what they would have to look like" {
	new_data_dir "$BATS_TEST_TMPDIR"
	aci=$FIXTURES/busybox.aci
	run --separate-stderr rkt run --net none "$aci"
	expect_status 254
	expect_equal "${stderr_lines[0]}" 'run: --net takes a value only behind "=": say --net=none'
	run --separate-stderr rkt --insecure-options=image run --net=none "$aci" --exec=/bin/echo hello
	expect_status 254
	expect_equal "${stderr_lines[-1]}" 'run: hint: if "hello" is an argument of the app: those stand behind "--"'
	expect_error 254 'run: invalid image string "/bin/echo"
run: hint: if "/bin/echo" is an argument of the app: those stand behind "--"' \
		--insecure-options=image run --net=none "$aci" /bin/echo hello
	run --separate-stderr rkt run --net=none "$aci" --exec=/bin/sh -c 'echo hello'
	expect_status 254
	expect_equal "${stderr_lines[1]}" 'run: hint: arguments of an app stand behind "--"'
	# Behind the arguments of an app there should be an image.
	run --separate-stderr rkt --insecure-options=image run --net=none "$aci" -- x --- hello
	expect_status 254
	refute_match "$stderr" 'argument of the app'
}

@test "volumes that cannot be are refused before there is a pod" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	expect_error 254 'run: invalid argument "data,source=/tmp" for --volume: kind= is missing: it should be one of "empty", "host"' \
		run --net=none --volume=data,source=/tmp "$BUSYBOX"
	expect_error 254 "run: volume \"data\": source $BATS_TEST_TMPDIR/absent: no such file or directory" \
		run --net=none --volume="data,kind=host,source=$BATS_TEST_TMPDIR/absent" "$BUSYBOX" --mount volume=data,target=/d
	[ -z "$(rkt list --no-legend)" ]
	# It may be made between prepare and run-prepared.
	prepare_pod --volume="data,kind=host,source=$BATS_TEST_TMPDIR/absent" "$BUSYBOX" --exec=/bin/cat \
		--mount volume=data,target=/d -- /d/file
	mkdir "$BATS_TEST_TMPDIR/absent"
	echo later >"$BATS_TEST_TMPDIR/absent/file"
	run --separate-stderr rkt run-prepared --net=none "$POD"
	expect_status 0
	expect_match "$output" later
}

@test "a pod manifest that is no JSON" {
	echo 'apps: []' >"$BATS_TEST_TMPDIR/pod.yaml"
	run --separate-stderr rkt run --net=none --pod-manifest="$BATS_TEST_TMPDIR/pod.yaml"
	expect_status 254
	expect_match "$stderr" "^run: $BATS_TEST_TMPDIR/pod.yaml is not JSON: .*line 1"
}

@test "deprecated options work with a notice" {
	run --separate-stderr rkt run --net=none --store-only example.com/x
	expect_status 254
	expect_equal "${stderr_lines[0]}" 'Flag --store-only has been deprecated, please use --pull-policy=never'
	expect_match "${stderr_lines[1]}" 'unable to fetch image'
	run rkt run --help
	refute_match "$output" '--store-only'
}

@test "global options stand before or behind the verb, hidden ones are accepted" {
	run --separate-stderr rkt --debug=true --cpuprofile=/dev/null list --memprofile /dev/null --trust-keys-from-https=false --no-legend
	expect_status 0
	expect_equal "$output$stderr" ""
}

@test "what was probably meant is named" {
	run --separate-stderr rkt run --pull-polici=new image
	expect_status 254
	expect_equal "${stderr_lines[0]}" 'run: unknown flag: --pull-polici'
	expect_equal "${stderr_lines[1]}" 'run: hint: did you mean --pull-policy?'
	run --separate-stderr rkt lsit
	expect_equal "${stderr_lines[1]}" 'did you mean "list"?'
}

@test "verbs that need root say so first" {
	for_everybody
	for verb in run prepare run-prepared enter attach rm gc "app exec"; do
		run --separate-stderr setpriv --reuid=65534 --clear-groups "$BATS_TEST_TMPDIR/programs/rkt" --dir="$RKT_DATA" $verb
		expect_status 254
		expect_equal "$stderr" "${verb#app }: cannot run as unprivileged user"
	done
	run setpriv --reuid=65534 --clear-groups "$BATS_TEST_TMPDIR/programs/rkt" version
	expect_status 0
}

@test "without rights on the data directory one line says who has them" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	cp "$FIXTURES/busybox.aci" "$BATS_TEST_TMPDIR/copy.aci"
	prepare_pod "$BUSYBOX"
	for_everybody
	chmod 0750 "$RKT_DATA"
	chmod a+r "$BATS_TEST_TMPDIR/copy.aci"
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups "$BATS_TEST_TMPDIR/programs/rkt" "--dir=$RKT_DATA")
	for words in "--insecure-options=image fetch $BATS_TEST_TMPDIR/copy.aci" "image rm $BUSYBOX" "stop $POD" list; do
		run --separate-stderr "${user[@]}" $words
		expect_status 254
		expect_equal "${#stderr_lines[@]}" 2
		expect_match "${stderr_lines[0]}" 'permission denied$'
		expect_match "${stderr_lines[1]}" "hint: this needs root, or rights on $RKT_DATA by its group$"
	done
	# What the directory does not forbid is not what it hints at.
	chmod a+rwx "$RKT_DATA"
	chmod a-r "$BATS_TEST_TMPDIR/copy.aci"
	run --separate-stderr "${user[@]}" --insecure-options=image fetch "$BATS_TEST_TMPDIR/copy.aci"
	refute_match "$stderr" 'hint'
	chmod a+r "$BATS_TEST_TMPDIR/copy.aci"
	chmod 0750 "$RKT_DATA"
	run --separate-stderr "${user[@]}" "--user-config=$BATS_TEST_TMPDIR/user" config
	expect_status 0
	mkdir -p "$BATS_TEST_TMPDIR/user/auth.d"
	echo '{}' >"$BATS_TEST_TMPDIR/user/auth.d/a.json"
	chmod 0600 "$BATS_TEST_TMPDIR/user/auth.d/a.json"
	run --separate-stderr "${user[@]}" "--user-config=$BATS_TEST_TMPDIR/user" config
	expect_status 254
	refute_match "$stderr" "rights on $RKT_DATA"
}

@test "results that cannot be written are an error" {
	run bash -c "'$RKT' version >/dev/full"
	expect_status 254
	expect_match "$output" 'version: cannot write the output: no space left on device'
}

@test "help of a group and of its verbs" {
	for form in "help image" "image --help" "image"; do
		run --separate-stderr rkt $form
		expect_status 0
		expect_match "$output" $'image list\t'
	done
	expect_equal "$(rkt help image list)" "$(rkt image list --help)"
	expect_match "$(rkt help fetch)" '      --pull-policy=update	'
	expect_match "$(rkt help run)" '      --net\[=default\]	'
	expect_match "$(rkt help run)" 'rkt help fetch'
}

@test "completion speaks bash only" {
	expect_error 254 'completion: shell type is not specified' completion
	expect_error 254 'completion: too many arguments, only shell type is expected' completion bash zsh
	expect_error 254 "completion: 'zsh' shell is not supported" completion zsh
}

# complete_words WORD...: what bash offers for the last word, with this file's data directory.
complete_words() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexec "%s" "--dir=%s" "$@"\n' "$RKT" "$RKT_DATA" >"$BATS_TEST_TMPDIR/bin/rkt"
	chmod +x "$BATS_TEST_TMPDIR/bin/rkt"
	bash -c '
		PATH=$1:$PATH
		shift
		. <(rkt completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		__rkt
		echo "${COMPREPLY[@]}"' bash "$BATS_TEST_TMPDIR/bin" "$@"
}

@test "completion offers verbs, options and values" {
	expect_equal "$(complete_words rkt ru)" "run run-prepared"
	expect_equal "$(complete_words rkt image l)" list
	expect_equal "$(complete_words rkt --debug vers)" version
	expect_equal "$(complete_words rkt run --dns-)" "--dns-domain= --dns-opt= --dns-search="
	expect_equal "$(complete_words rkt fetch --pull-policy = n)" "new never"
	expect_equal "$(complete_words rkt image list --format = "")" "json json-pretty"
}

@test "completion knows words as bash makes them, apart at each =" {
	expect_equal "$(complete_words rkt --dir = /tmp/x statu)" status
	expect_equal "$(complete_words rkt --dir /tmp/x statu)" status
	expect_equal "$(complete_words rkt --dir = /tmp/x image l)" list
	expect_equal "$(complete_words rkt run --net = n)" none
	expect_equal "$(complete_words rkt run --net =)" "default default-restricted none host all"
	expect_equal "$(complete_words rkt run --net = none --dns-)" "--dns-domain= --dns-opt= --dns-search="
	expect_equal "$(complete_words rkt fetch --pull-policy n)" "new never"
	expect_equal "$(complete_words rkt --debug = true statu)" status
	touch "$BATS_TEST_TMPDIR/a-file"
	expect_equal "$(complete_words rkt run --uuid-file-save = "$BATS_TEST_TMPDIR/a-f")" "$BATS_TEST_TMPDIR/a-file"
	# A verb is offered behind the value of an option, not the value again.
	expect_match "$(complete_words rkt --local-config = /etc "")" 'cat-manifest'
}

@test "completion offers the images and pods that there are" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	prepare_pod "$BUSYBOX" --name=one "$BUSYBOX" --name=two
	expect_match "$(complete_words rkt image rm "")" '^sha512-[0-9a-f]{12}$'
	expect_match "$(complete_words rkt run "")" '^sha512-[0-9a-f]{12}$'
	expect_equal "$(complete_words rkt status "")" "${POD:0:8}"
	expect_equal "$(complete_words rkt run-prepared "")" "${POD:0:8}"
	expect_equal "$(complete_words rkt rm "")" "${POD:0:8}"
	expect_equal "$(complete_words rkt enter "")" ""
	expect_match "$(complete_words rkt run --net = none "")" '^sha512-[0-9a-f]{12}$'
}

@test "there is a man page for each verb" {
	command -v scdoc >/dev/null || skip "scdoc is not installed"
	for verb in run prepare fetch list image_list image_rm cat-manifest; do
		grep -q '^\.SH OPTIONS\|^\.SH GLOBAL OPTIONS' "$BUILD/man/rkt_$verb.1"
	done
	grep -q 'rkt_run' "$BUILD/man/rkt.1"
	for section in "EXIT STATUS" SIGNALS OUTPUT FILES ENVIRONMENT EXAMPLES "SEE ALSO"; do
		grep -q "^\.SH $section" "$BUILD/man/rkt_run.1"
	done
	for section in "EXIT STATUS" FILES ENVIRONMENT "SEE ALSO"; do
		grep -q "^\.SH $section" "$BUILD/man/rkt.1"
	done
}
