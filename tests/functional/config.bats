#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configuration files: where they are looked for, what they may say, what wins, and that it holds.

load lib.bash

setup_file() {
	common_setup_file
}

setup() {
	# No layer but those of the test.
	LAYERS=$BATS_TEST_TMPDIR
	mkdir -p "$LAYERS"/{system,local,user}/{auth,paths,stage1}.d
	CONFIGURED=("$RKT" --system-config="$LAYERS/system" --local-config="$LAYERS/local" --user-config="$LAYERS/user")
}

teardown() {
	common_teardown
}

# file PATH KIND MEMBERS: a configuration file below the layers.
file() {
	echo "{\"rktKind\": \"$2\", \"rktVersion\": \"v1\"${3:+, $3}}" >"$LAYERS/$1"
}

# with_layers ARGS...: rkt with the layers of the test, its output in $output and $stderr.
with_layers() {
	run --separate-stderr timeout "$TIMEOUT" "${CONFIGURED[@]}" "$@"
}

# refused MESSAGE: rkt config fails for this reason.
refused() {
	with_layers config
	expect_status 254
	expect_equal "$output" ''
	expect_equal "$stderr" "config: cannot get configuration: $1"
}

LOGIN='"credentials": {"user": "u", "password": "p"}'

@test "config prints what is set, with what is not set empty" {
	with_layers config
	expect_status 0
	expect_equal "$output" '{
	"stage0": [
		{
			"rktVersion": "v1",
			"rktKind": "paths",
			"data": "",
			"stage1-images": ""
		},
		{
			"rktVersion": "v1",
			"rktKind": "stage1",
			"name": "",
			"version": "",
			"location": ""
		}
	]
}'
	run --separate-stderr "$RKT" --dir=/elsewhere --local-config=/nowhere --system-config=/nowhere config --pretty-print=false
	expect_status 0
	expect_equal "$output" '{"stage0":[{"rktVersion":"v1","rktKind":"paths","data":"","stage1-images":""},{"rktVersion":"v1","rktKind":"stage1","name":"","version":"","location":""}]}'
}

@test "config prints every kind in the form of its file, with secrets" {
	file local/auth.d/a.json auth '"domains": ["b.example", "a.example:8443"], "type": "basic", '"$LOGIN"
	file local/auth.d/b.json auth '"domains": ["o.example"], "type": "oauth", "credentials": {"token": "t"}, "other": []'
	file local/auth.d/c.json auth '"domains": ["s3"], "type": "aws", "credentials": {"accessKeyID": "k", "secretAccessKey": "s", "awsRegion": "r"}'
	file local/auth.d/d.json dockerAuth '"registries": ["registry-1.docker.io"], '"$LOGIN"
	file local/paths.d/a.json paths '"data": "/srv/rkt", "stage1-images": "/srv/images"'
	file local/stage1.d/a.json stage1 '"name": "example.com/s1", "version": "1.2", "location": "https://example.com/s1.aci"'
	with_layers config --pretty-print=false
	expect_status 0
	expect_equal "$output" '{"stage0":[{"rktVersion":"v1","rktKind":"auth","domains":["a.example:8443"],"type":"basic","credentials":{"user":"u","password":"p"}},{"rktVersion":"v1","rktKind":"auth","domains":["b.example"],"type":"basic","credentials":{"user":"u","password":"p"}},{"rktVersion":"v1","rktKind":"auth","domains":["o.example"],"type":"oauth","credentials":{"token":"t"}},{"rktVersion":"v1","rktKind":"auth","domains":["s3"],"type":"aws","credentials":{"accessKeyID":"k","secretAccessKey":"s","awsRegion":"r"}},{"rktVersion":"v1","rktKind":"dockerAuth","registries":["registry-1.docker.io"],"credentials":{"user":"u","password":"p"}},{"rktVersion":"v1","rktKind":"paths","data":"/srv/rkt","stage1-images":"/srv/images"},{"rktVersion":"v1","rktKind":"stage1","name":"example.com/s1","version":"1.2","location":"https://example.com/s1.aci"}]}'
}

@test "a later layer wins, key by key" {
	file system/auth.d/a.json auth '"domains": ["a", "b", "c"], "type": "oauth", "credentials": {"token": "system"}'
	file local/auth.d/a.json auth '"domains": ["b", "c"], "type": "oauth", "credentials": {"token": "local"}'
	file user/auth.d/b.json auth '"domains": ["c"], "type": "oauth", "credentials": {"token": "user"}'
	file system/paths.d/a.json paths '"data": "/system", "stage1-images": "/system-images"'
	file local/paths.d/a.json paths '"data": "/local"'
	file system/stage1.d/a.json stage1 '"name": "n", "version": "1", "location": "/system.aci"'
	file user/stage1.d/a.json stage1 '"name": "m", "version": "2"'
	with_layers config
	expect_status 0
	expect_equal "$(jq -c '[.stage0[] | select(.domains) | .domains + [.credentials.token]]' <<<"$output")" \
		'[["a","system"],["b","local"],["c","user"]]'
	expect_equal "$(jq -c '.stage0[] | select(.rktKind == "paths") | [.data, .["stage1-images"]]' <<<"$output")" \
		'["/local","/system-images"]'
	expect_equal "$(jq -c '.stage0[] | select(.rktKind == "stage1") | [.name, .version, .location]' <<<"$output")" \
		'["m","2","/system.aci"]'
}

@test "only regular files with the right ending are read" {
	echo nonsense >"$LAYERS/local/a.json"
	echo nonsense >"$LAYERS/local/paths.d/a.conf"
	ln -s a.conf "$LAYERS/local/paths.d/link.json"
	mkdir "$LAYERS/local/paths.d/dir.json"
	echo nonsense >"$LAYERS/local/paths.d/dir.json/a.json"
	mkfifo "$LAYERS/local/paths.d/fifo.json"
	file local/paths.d/b.json paths '"data": "/local"'
	with_layers config
	expect_status 0
	expect_equal "$(jq -r '.stage0[0].data' <<<"$output")" /local
}

@test "files that are wrong are named, with the place" {
	local at=$LAYERS/local/auth.d
	echo '{"rktVersion": "v1"}' >"$at/a.json"
	refused "no rktKind specified in \"$at/a.json\""
	echo '{"rktKind": "auth"}' >"$at/a.json"
	refused "no rktVersion specified in \"$at/a.json\""
	echo '{"rktKind": "auth", "rktVersion": "v7"}' >"$at/a.json"
	refused "no parser available for configuration of kind \"auth\" and version \"v7\", in $at/a.json"
	file local/auth.d/a.json paths
	refused "the configuration directory \"$at\" expects to have configuration files of kinds \"auth\", \"dockerAuth\", but \"a.json\" has kind of \"paths\""
	printf '{\n"rktKind": "auth",\n}' >"$at/a.json"
	with_layers config
	expect_status 254
	expect_match "$stderr" "^config: cannot get configuration: $at/a.json: line 3, column 1: "
	file local/auth.d/a.json auth '"domains": ["a"], "type": "digest"'
	refused "$at/a.json: type: unknown auth type: \"digest\""
	file local/auth.d/a.json auth '"domains": ["a"], "type": "basic", "credentials": {"user": "u"}'
	refused "$at/a.json: credentials.password: must be given"
	# A secret is not repeated, whatever is wrong with it.
	file local/auth.d/a.json auth '"domains": ["a"], "type": "basic", "credentials": {"user": "u", "password": 987654}'
	refused "$at/a.json: credentials.password: must be a string"
	rm "$at/a.json"
	file local/paths.d/a.json paths '"data": "srv"'
	refused "$LAYERS/local/paths.d/a.json: data: \"srv\" is not an absolute path"
	file local/paths.d/a.json paths
	file local/stage1.d/a.json stage1 '"name": "n"'
	refused "$LAYERS/local/stage1.d/a.json: version: must be given, name and version of a stage1 image belong together"
	file local/stage1.d/a.json stage1 '"location": "some.aci"'
	refused "$LAYERS/local/stage1.d/a.json: location: \"some.aci\" is not an absolute path or a URL of file, docker, http or https"
}

@test "what one layer says twice is refused" {
	local at=$LAYERS/user
	file user/auth.d/a.json auth '"domains": ["d"], "type": "basic", '"$LOGIN"
	file user/auth.d/b.json auth '"domains": ["e", "d"], "type": "basic", '"$LOGIN"
	refused "$at/auth.d/b.json: auth for domain \"d\" is already specified, in $at/auth.d/a.json"
	file user/auth.d/a.json dockerAuth '"registries": ["r"], '"$LOGIN"
	file user/auth.d/b.json dockerAuth '"registries": ["r"], '"$LOGIN"
	refused "$at/auth.d/b.json: credentials for docker registry \"r\" are already specified, in $at/auth.d/a.json"
	rm "$at/auth.d/b.json"
	file user/paths.d/a.json paths '"data": "/a"'
	file user/paths.d/b.json paths '"data": "/a"'
	refused "$at/paths.d/b.json: data directory is already specified, in $at/paths.d/a.json"
	file user/paths.d/b.json paths
	file user/stage1.d/a.json stage1 '"name": "n", "version": "1"'
	file user/stage1.d/b.json stage1 '"name": "n", "version": "2"'
	refused "$at/stage1.d/b.json: name and version of a default stage1 image are already specified, in $at/stage1.d/a.json"
}

@test "a layer that is a file is refused, one that is missing is fine" {
	rm -r "$LAYERS/user"
	with_layers config
	expect_status 0
	touch "$LAYERS/user"
	refused "expected \"$LAYERS/user\" to be a directory"
	run --separate-stderr "$RKT" --user-config= config
	expect_status 0
	run --separate-stderr "$RKT" --local-config= config
	expect_status 254
	expect_match "$stderr" '"" is not a valid directory'
}

@test "images and pods are where paths.data says, unless --dir is given" {
	file system/paths.d/a.json paths '"data": "/nowhere/at/all"'
	file local/paths.d/a.json paths "\"data\": \"$LAYERS/data\""
	with_layers --insecure-options=image run --net=none --uuid-file-save="$LAYERS/id" "$FIXTURES/busybox.aci" \
		--exec=/bin/sh -- -c 'exit 7'
	expect_status 7
	[ -d "$LAYERS/data/pods/run/$(<"$LAYERS/id")" ]
	with_layers list --no-legend
	expect_match "$output" 'exited'
	with_layers image list --no-legend
	expect_match "$output" "$BUSYBOX"
	# By --dir it is the image of the file's data directory, and the pod is there.
	with_layers --dir="$RKT_DATA" run --net=none --uuid-file-save="$LAYERS/id" "$BUSYBOX" --exec=/bin/sh -- -c 'exit 8'
	expect_status 8
	[ -d "$RKT_DATA/pods/run/$(<"$LAYERS/id")" ]
	with_layers --dir="$LAYERS/empty" image list --no-legend
	expect_status 0
	expect_equal "$output" ''
	with_layers gc --grace-period=0s
	expect_status 0
	with_layers list --no-legend
	expect_equal "$output" ''
}

@test "each verb reads what it needs: a start no logins, --dir no paths" {
	echo nonsense >"$LAYERS/local/auth.d/a.json"
	with_layers --dir="$RKT_DATA" run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'exit 7'
	expect_status 7
	echo nonsense >"$LAYERS/local/paths.d/a.json"
	with_layers --dir="$RKT_DATA" run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'exit 7'
	expect_status 7
	with_layers list
	expect_status 254
	expect_match "$stderr" "^list: cannot get configuration: $LAYERS/local/paths.d/a.json: line 1"
}
