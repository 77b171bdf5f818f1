#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Stage1s that are images: which one a pod gets, and what its entry points are given and find. The
# image is made here: its entry points are shell scripts that note what they were called with in the
# pod's directory ("NAME.args", "NAME.env"), and run each app in a chroot.

load lib.bash

STAGE1=example.com/stage1
IMAGES=/usr/lib/rkt/stage1-images

setup_file() {
	common_setup_file
	make_entry_points "$BATS_FILE_TMPDIR/root"
	make_stage1 "$BATS_FILE_TMPDIR/stage1.aci" .
	export STAGE1_ID
	STAGE1_ID=$(rkt --insecure-options=image fetch --full "$BATS_FILE_TMPDIR/stage1.aci")
}

teardown() {
	common_teardown
}

# entry_point FILE: a script of stdin that notes what it is given.
entry_point() {
	{
		cat <<-'SH'
			#!/bin/sh
			name=${0##*/}
			printf '%s\n' "$@" >>"$name.args"
			env >"$name.env"
			pwd >"$name.pwd"
			echo "$0" >"$name.path"
		SH
		cat
	} >"$1"
	chmod +x "$1"
}

make_entry_points() {
	mkdir -p "$1/ep"
	entry_point "$1/ep/run" <<-'SH'
		flock -n . true && echo free >run.lock || echo held >run.lock
		ls -l "/proc/self/fd/$RKT_LOCK_FD" >run.lockfd
		trap 'kill $child 2>/dev/null; exit 0' TERM
		ln -s testing flavor
		echo $$ >pid.new && mv pid.new pid
		status=0
		for app in $(jq -r '.apps[].name' pod); do
			root=stage1/rootfs/opt/stage2/$app/rootfs
			eval "set -- $(jq -r --arg n "$app" '.apps[] | select(.name == $n) | .app.exec | @sh' pod)"
			chroot "$root" "$@" &
			child=$!
			[ -L stage1/rootfs/rkt/supervisor-status ] || ln -s ready stage1/rootfs/rkt/supervisor-status
			wait $child
			code=$?
			echo $code >stage1/rootfs/rkt/status/$app
			[ $status != 0 ] || status=$code
		done
		[ -n "$(jq -r '.apps[]?.name' pod)" ] || {
			ln -s ready stage1/rootfs/rkt/supervisor-status
			sleep 1000 & child=$!
			wait
		}
		exit $status
	SH
	entry_point "$1/ep/enter" <<-'SH'
		app=${2#--appname=}
		shift 3
		exec chroot "stage1/rootfs/opt/stage2/$app/rootfs" "$@"
	SH
	entry_point "$1/ep/stop" <<-'SH'
		[ "$1" = --force ] && kill -KILL "$(cat pid)" $(pgrep -P "$(cat pid)") || kill -TERM "$(cat pid)"
	SH
	entry_point "$1/ep/gc" <<-'SH'
		[ -n "$GC_SAYS" ] || exit 0
		for uuid; do :; done
		mkdir "$GC_SAYS/$uuid"
		cp stage1/rootfs/rkt/status/* gc.args "$GC_SAYS/$uuid"
	SH
	entry_point "$1/ep/attach" <<<'echo attached; exit 6'
	local name
	for name in app-add app-rm app-start app-stop; do
		entry_point "$1/ep/$name" <<<'ls stage1/rootfs/opt/stage2/*/rootfs/bin/sh >"$name.roots" 2>&1; true'
	done
}

# make_stage1 FILE FILTER: the stage1 with the filter applied to its manifest.
make_stage1() {
	make_aci "$1" 'del(.app) | .name = "example.com/stage1" | .annotations = ([
		["run", "/ep/run"], ["enter", "/ep/enter"], ["stop", "/ep/stop"], ["gc", "/ep/gc"],
		["app/add", "/ep/app-add"], ["app/rm", "/ep/app-rm"], ["app/start", "/ep/app-start"],
		["app/stop", "/ep/app-stop"], ["attach", "/ep/attach"], ["interface-version", "6"]] |
		map({name: "coreos.com/rkt/stage1/\(.[0])", value: .[1]})) | '"$2" "$BATS_FILE_TMPDIR/root"
}

# without ANNOTATION: the filter that takes one away.
without() {
	echo '.annotations |= map(select(.name != "coreos.com/rkt/stage1/'"$1"'"))'
}

# fetch_stage1 NAME FILTER: puts a variant in the store. Prints its ID.
fetch_stage1() {
	make_stage1 "$BATS_TEST_TMPDIR/$1.aci" ".name = \"example.com/$1\" | $2"
	rkt --insecure-options=image fetch --full "$BATS_TEST_TMPDIR/$1.aci"
}

# The directory of the pod, wherever it is.
pod_dir() {
	echo "$RKT_DATA"/pods/*/"$POD"
}

# given NAME: the arguments of an entry point, on one line.
given() {
	tr '\n' ' ' <"$(pod_dir)/$1.args"
}

# run_stage1 [FLAGS...] -- SCRIPT: a pod of one busybox shell with this stage1. Sets POD.
run_stage1() {
	local flags=() id_file=$BATS_TEST_TMPDIR/id
	while [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	run --separate-stderr rkt run --uuid-file-save="$id_file" --stage1-hash="$STAGE1_ID" "${flags[@]}" \
		"$BUSYBOX" --exec=/bin/sh -- -c "$2"
	POD=$(<"$id_file")
}

@test "a pod runs by the entry point of an image, which is told what rkt was told" {
	run_stage1 --net=none -- 'echo "from the app"; echo kept >/written; exit 3'
	expect_status 3
	expect_equal "$output" "from the app"
	expect_equal "$(given run)" "--net=none --local-config=$RKT_CONFIG $POD "
	expect_equal "$(cat "$(pod_dir)/run.pwd")" "$RKT_DATA/pods/run/$POD"
	expect_match "$(cat "$(pod_dir)/run.env")" 'RKT_LOCK_FD=[0-9]+'
	expect_match "$(cat "$(pod_dir)/run.lockfd")" "-> $RKT_DATA/pods/run/$POD\$"
	expect_equal "$(cat "$(pod_dir)/run.lock")" held
	run rkt status "$POD"
	expect_match "$output" 'state=exited'
	expect_match "$output" 'app-busybox=3'
	expect_equal "$(cat "$(pod_dir)/overlay/busybox.upper/written")" kept
	expect_nothing_left
}

# start_stage1 [FLAGS...]: a pod of one sleeping app with this stage1, as start_pod starts it.
start_stage1() {
	start_sleeper --stage1-hash="$STAGE1_ID" "$@"
}

@test "a running pod is entered and stopped by entry points, which are where its mounts are" {
	start_stage1
	expect_equal "$(grep -F " $RKT_DATA" /proc/self/mountinfo || true)" ""
	run --separate-stderr rkt enter "$POD" /bin/sh -c 'ls /bin/busybox; exit 5'
	expect_status 5
	expect_equal "$output" /bin/busybox
	expect_equal "$(given enter)" "--pid=$POD_PID --appname=busybox -- /bin/sh -c ls /bin/busybox; exit 5 "
	expect_equal "$(cat "$(pod_dir)/enter.pwd")" "$RKT_DATA/pods/run/$POD"
	expect_equal "$(cat "$(pod_dir)/enter.path")" "$RKT_DATA/pods/run/$POD/stage1/rootfs/ep/enter"
	expect_equal "$(rkt stop "$POD")" "\"$POD\""
	wait_for_pod_end
	expect_equal "$status" 0
	expect_equal "$(given stop)" "$POD "
}

@test "a pod of a stage1 image is not started again" {
	start_stage1
	run --separate-stderr rkt restart "$POD"
	expect_status 254
	expect_match "$stderr" 'cannot be started again: its stage1 is an image'
	# It is not stopped either by who could not start it.
	pod_has_state "$POD" running
	rkt stop "$POD" >/dev/null
	wait_for_pod_end
	run --separate-stderr rkt start "$POD"
	expect_status 254
	expect_match "$stderr" 'cannot be started again: its stage1 is an image'
}

@test "attach is an entry point, which is told what to attach to, and whose streams and status are the caller's" {
	start_stage1
	run --separate-stderr rkt attach --mode=stdin,stderr "$POD"
	expect_status 6
	expect_equal "$output" attached
	expect_equal "$(given attach)" "--action=custom-attach --tty-in=false --tty-out=false --stdin=true --stdout=false --stderr=true --app=busybox --debug=false "
	expect_match "$(cat "$(pod_dir)/attach.env")" "RKT_STAGE1_ENTERAPP=busybox"
	expect_match "$(cat "$(pod_dir)/attach.env")" "RKT_STAGE1_ENTERPID=$POD_PID"
	rm "$(pod_dir)/attach.args"
	run rkt attach --mode=list "$POD"
	expect_equal "$(given attach)" "--action=list --app=busybox --debug=false "
}

@test "stop --force is an argument of the entry point" {
	start_stage1
	rkt stop --force "$POD"
	wait_for_pod_end
	expect_equal "$status" 137
	expect_equal "$(given stop)" "--force $POD "
}

@test "a signal for rkt is one for the entry point" {
	start_stage1
	kill -TERM "$POD_PID"
	wait_for_pod_end
	expect_equal "$status" 0
	expect_nothing_left
}

@test "collecting a pod calls the entry point where stage1's root is, and nothing is left" {
	run_stage1 --net=none -- 'exit 4'
	expect_status 4
	GC_SAYS=$BATS_TEST_TMPDIR rkt --debug gc --grace-period=0s
	expect_equal "$(cat "$BATS_TEST_TMPDIR/$POD/busybox")" 4
	expect_equal "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/$POD/gc.args")" "--debug --local-config $RKT_CONFIG $POD "
	[ ! -e "$RKT_DATA/pods/exited-garbage/$POD" ]
	expect_nothing_left
}

@test "a pod whose supervisor was killed is removed without a trace" {
	start_stage1
	local child
	child=$(pgrep -P "$POD_PID" sleep)
	kill -KILL "$POD_PID"
	wait_for_pod_end
	kill -KILL "$child"
	wait_until pod_has_state "$POD" exited
	GC_SAYS=$BATS_TEST_TMPDIR rkt rm "$POD"
	expect_equal "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/$POD/gc.args")" "--local-config $RKT_CONFIG $POD "
	[ -z "$(pod_dir 2>/dev/null | grep -v '\*')" ]
	expect_nothing_left
}

# What a reboot leaves: the directory, a pid of somebody else, no mount namespace, a lost layer.
@test "a pod of before a reboot is removed, also when its stage1 cannot be mounted any more" {
	run_stage1 --net=none -- 'exit 4'
	echo "$$ 1" >"$(pod_dir)/stage1/supervisor"
	echo $$ >"$(pod_dir)/pid"
	sed -i 's/sha512-..../sha512-0000/' "$(pod_dir)/stage1TreeStoreID"
	run --separate-stderr rkt rm "$POD"
	expect_status 0
	expect_match "$stderr" "problem performing stage1 GC on \"$POD\""
	expect_nothing_left
}

@test "what users ask for comes in the order of the interface" {
	run_stage1 --debug --insecure-options=all-run --net=some:A=B,other --hostname=host --dns=192.0.2.1 \
		--hosts-entry=192.0.2.2=name --ipc=parent -- 'exit 0'
	expect_status 0
	expect_equal "$(given run)" "--debug --net=some:A=B,other --local-config=$RKT_CONFIG --hostname=host --dns-conf-mode=resolv=stage0,hosts=stage0 --disable-capabilities-restriction --disable-paths --disable-seccomp --ipc=parent $POD "
	expect_match "$(cat "$(pod_dir)"/overlay/sha512-*/upper/etc/rkt-resolv.conf)" 'nameserver 192.0.2.1$'
	expect_match "$(cat "$(pod_dir)"/overlay/sha512-*/upper/etc/rkt-hosts)" $'192.0.2.2\tname|192.0.2.2 name'
	run_stage1 --dns=host -- 'exit 0'
	expect_equal "$(given run)" "--net=default --local-config=$RKT_CONFIG --dns-conf-mode=resolv=host,hosts=default $POD "
	run_stage1 --interactive --net=none -- 'exit 0'
	expect_equal "$(given run)" "--net=none --interactive --local-config=$RKT_CONFIG $POD "
}

@test "an old stage1 is not told what it does not know" {
	local STAGE1_ID
	STAGE1_ID=$(fetch_stage1 old "$(without interface-version)")
	run_stage1 --insecure-options=all-run --net=none --hostname=host --dns=host --ipc=private -- 'exit 0'
	expect_status 0
	expect_equal "$(given run)" "--net=none --local-config=$RKT_CONFIG $POD "
	expect_equal "$stderr" "run: warning: --hostname option is not supported by stage1
run: warning: --dns-conf-mode option is not supported by stage1
run: warning: --ipc option is not supported by stage1"
	GC_SAYS=$BATS_TEST_TMPDIR rkt gc --grace-period=0s
	expect_equal "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/$POD/gc.args")" "$POD "
}

@test "what a stage1 image would not know of is refused" {
	run --separate-stderr rkt run --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX" --name=web --restart=always
	expect_status 254
	expect_match "$stderr" 'app "web": a stage1 that is an image does not support restart policies .try without --restart'
	run --separate-stderr rkt prepare --stage1-hash="$STAGE1_ID" "$BUSYBOX" --name=web --liveness=tcp=80
	expect_status 254
	expect_match "$stderr" 'app "web": a stage1 that is an image does not support liveness probes .try without --liveness'
	rkt prepare --stage1-hash="$STAGE1_ID" "$BUSYBOX" --restart=no
}

@test "an entry point that the stage1 does not have is told of by its annotation" {
	local STAGE1_ID
	STAGE1_ID=$(fetch_stage1 bare "$(without stop) | $(without enter)")
	start_stage1
	run --separate-stderr rkt stop "$POD"
	expect_status 254
	expect_match "$stderr" 'rkt stop not implemented for pod.s stage1: entrypoint "coreos.com/rkt/stage1/stop" not found'
	run --separate-stderr rkt enter "$POD" /bin/true
	expect_status 254
	expect_match "$stderr" 'rkt enter not implemented for pod.s stage1: entrypoint "coreos.com/rkt/stage1/enter" not found'
	STAGE1_ID=$(fetch_stage1 lame "$(without run)")
	run --separate-stderr rkt run --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'cannot be used as stage1: .*entrypoint "coreos.com/rkt/stage1/run" not found'
	STAGE1_ID=$(fetch_stage1 fixed "$(without app/stop)")
	run --separate-stderr rkt app sandbox --net=none --stage1-hash="$STAGE1_ID"
	expect_status 1
	expect_match "$stderr" 'stage1 does not support mutable pods'
}

@test "a program is executed from a mount that nobody can write through, and found behind links of the image" {
	local STAGE1_ID dir=$BATS_FILE_TMPDIR/root/bin
	mkdir "$dir"
	cp "$FIXTURES/rootfs/bin/busybox" "$dir"
	ln -s /bin/busybox "$dir/yes"
	STAGE1_ID=$(fetch_stage1 yes '.annotations[0].value = "/bin/yes"')
	rm -r "$dir"
	rkt_command
	"${RKT_COMMAND[@]}" run --uuid-file-save="$BATS_TEST_TMPDIR/id" --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX" \
		3>&- </dev/null | head -n 1 >"$BATS_TEST_TMPDIR/said" &
	wait $!
	POD=$(<"$BATS_TEST_TMPDIR/id")
	expect_equal "$(<"$BATS_TEST_TMPDIR/said")" "--net=none --local-config=$RKT_CONFIG $POD"
	"${RKT_COMMAND[@]}" run --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX" >/dev/null 2>&1 3>&- </dev/null &
	POD_PID=$!
	wait_until grep -qz yes "/proc/$POD_PID/cmdline"
	[ -r "/proc/$POD_PID/exe" ]
	[ ! -w "/proc/$POD_PID/exe" ]
}

@test "without overlays the stage1 and its apps are copies" {
	run_stage1 --no-overlay --net=none -- 'echo kept >/written; exit 3'
	expect_status 3
	local root
	root=$(pod_dir)/stage1/rootfs
	expect_equal "$(cat "$root/opt/stage2/busybox/rootfs/written")" kept
	expect_equal "$(jq -r .name "$root/opt/stage2/busybox/manifest")" "$BUSYBOX"
	cmp "$root/ep/run" "$BATS_FILE_TMPDIR/root/ep/run"
	expect_match "$(rkt status "$POD")" 'app-busybox=3'
	rkt rm "$POD"
	expect_nothing_left
}

@test "users of a pod own copies of the stage1 and the apps, and there are no overlays for them" {
	run --separate-stderr rkt run --private-users --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'cannot use both overlay and user namespace: not implemented yet. \(Try --no-overlay\)'
	run_stage1 --private-users --no-overlay --net=none -- 'exit 0'
	expect_status 0
	local range first
	range=$(cat "$(pod_dir)/private-users-prepared")
	first=${range%:*}
	expect_equal "$(given run)" "--net=none --private-users=$range --local-config=$RKT_CONFIG $POD "
	cd "$(pod_dir)/stage1"
	expect_equal "$(stat -c %u rootfs rootfs/ep/run rootfs/rkt/status rootfs/opt/stage2/busybox/{manifest,rootfs,rootfs/bin/busybox} | sort -u)" "$first"
}

@test "a prepared pod keeps its stage1" {
	prepare_pod --stage1-hash="$STAGE1_ID" "$BUSYBOX" --exec=/bin/sh -- -c 'exit 6'
	expect_equal "$(cat "$(pod_dir)/stage1TreeStoreID")" "$STAGE1_ID"
	expect_equal "$(jq -r .name "$(pod_dir)/stage1/manifest")" "$STAGE1"
	run --separate-stderr rkt run-prepared --net=none --dns=192.0.2.7 "$POD"
	expect_status 6
	expect_match "$(cat "$(pod_dir)"/overlay/"$STAGE1_ID"/upper/etc/rkt-resolv.conf)" 'nameserver 192.0.2.7$'
	run --separate-stderr rkt run --dry-run --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'one whose stage1 is an image has none'
}

@test "apps of a mutable pod come and go by entry points" {
	start_pod_sandbox
	local id
	id=$(rkt image list --no-legend --full --fields=id,name | awk -v n="$BUSYBOX" '$2 ~ n {print $1}')
	SECRET=x rkt app add "$POD" "$id" --name=one
	expect_equal "$(given app-add)" "--debug=false --uuid=$POD --app=one "
	expect_equal "$(cat "$(pod_dir)/app-add.roots")" stage1/rootfs/opt/stage2/one/rootfs/bin/sh
	expect_equal "$(grep -v '^\(PWD\|SHLVL\|_\|OLDPWD\)=' "$(pod_dir)/app-add.env" | sort)" "PATH=$PATH
RKT_STAGE1_ENTERCMD=$RKT_DATA/pods/run/$POD/stage1/rootfs/ep/enter
RKT_STAGE1_ENTERPID=$POD_PID"
	rkt app start "$POD" --app=one
	expect_equal "$(given app-start)" "--debug=false --app=one "
	rkt enter --app=one "$POD" /bin/sh -c 'echo >/mark'
	[ -e "$(pod_dir)/overlay/one.upper/mark" ]
	rkt app rm "$POD" --app=one
	expect_equal "$(given app-rm)" "--debug=false --app=one "
	expect_equal "$(cat "$(pod_dir)/app-rm.roots")" stage1/rootfs/opt/stage2/one/rootfs/bin/sh
	expect_equal "$(ls "$(pod_dir)"/overlay/sha512-*/upper/opt/stage2)" ""
	[ ! -e "$(pod_dir)/overlay/one.upper" ]
	rkt app add "$POD" "$id" --name=one
	rkt enter --app=one "$POD" /bin/sh -c '[ ! -e /mark ]'
}

start_pod_sandbox() {
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --uuid-file-save="$BATS_TEST_TMPDIR/id" --net=none --stage1-hash="$STAGE1_ID" \
		>"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/id"
	POD=$(<"$BATS_TEST_TMPDIR/id")
	rkt status --wait-ready=10s "$POD" >/dev/null
}

# shows_stage1 FLAG: a pod runs with the image under test by this flag, without a signature when
# INSECURE is not empty.
shows_stage1() {
	run --separate-stderr "${RKT_COMMAND[@]}" ${INSECURE:+--insecure-options=image} run --net=none \
		--uuid-file-save="$BATS_TEST_TMPDIR/id" "$1" "$BUSYBOX" --exec=/bin/sh -- -c 'exit 9'
	expect_status 9
	POD=$(<"$BATS_TEST_TMPDIR/id")
	expect_equal "$(jq -r .name "$(pod_dir)/stage1/manifest")" "$STAGE1"
}

@test "a stage1 is chosen by ID, name, file and URL" {
	local INSECURE=
	rkt_command
	shows_stage1 --stage1-hash="${STAGE1_ID:0:20}"
	shows_stage1 --stage1-name="$STAGE1"
	INSECURE=yes
	shows_stage1 --stage1-path="$BATS_FILE_TMPDIR/stage1.aci"
	shows_stage1 --stage1-url="file://$BATS_FILE_TMPDIR/stage1.aci"
	cd "$BATS_FILE_TMPDIR"
	shows_stage1 --stage1-path=stage1.aci
}

# rkt is where it is: links lead it to itself.
rkt_beside_images() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	cp "$RKT" "$BATS_TEST_TMPDIR/bin/rkt"
	ln -sfn "$BUILD/libexec" "$BATS_TEST_TMPDIR/bin/libexec"
	rkt_command
	RKT_COMMAND[0]=$BATS_TEST_TMPDIR/bin/rkt
}

@test "a file that is missing is looked for beside rkt, where it needs no signature" {
	[ -z "${RKT_HOST:-}" ] || skip "rkt is not the first word of the command"
	rkt_beside_images
	cp "$BATS_FILE_TMPDIR/stage1.aci" "$BATS_TEST_TMPDIR/bin/"
	local INSECURE=
	shows_stage1 --stage1-path=/nowhere/stage1.aci
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none --stage1-path="$BATS_FILE_TMPDIR/stage1.aci" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'signature'
}

# with_images COMMAND...: with the directory of stage1 images holding the one under test.
with_images() {
	unshare -m --propagation=slave bash -c '
		mount -t tmpfs tmpfs /mnt && mkdir /mnt/{upper,work} &&
		mount -t overlay -o lowerdir=/usr/lib,upperdir=/mnt/upper,workdir=/mnt/work overlay /usr/lib &&
		mkdir -p '"$IMAGES"' && cp "$0" '"$IMAGES"'/third.aci && cp "$0" '"$IMAGES"'/stage1-coreos.aci && "$@"' \
		"$BATS_FILE_TMPDIR/stage1.aci" "$@"
}

@test "files in the directory of stage1 images need no signature, by name or by path" {
	local INSECURE= flag
	rkt_command
	RKT_COMMAND=(with_images "${RKT_COMMAND[@]}")
	for flag in --stage1-from-dir={third,stage1-coreos}.aci --stage1-path=$IMAGES/third.aci; do
		shows_stage1 "$flag"
	done
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none --stage1-from-dir=fourth.aci "$BUSYBOX"
	expect_status 254
	expect_equal "$stderr" "run: error finding stage1: there is no stage1 image \"fourth.aci\" in $IMAGES"
	run --separate-stderr rkt run --net=none --stage1-from-dir=../x.aci "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" '--stage1-from-dir must be the name of a file in /usr/lib/rkt/stage1-images, not "../x.aci"'
}

@test "rkt's own stage1 images that are not there are the built-in one" {
	local flag
	for flag in --stage1-name=coreos.com/rkt/stage1-{coreos,coreos:1.30.0,host,src:1.2} --stage1-from-dir=stage1-src.aci \
		--stage1-path=/usr/lib/rkt/stage1-images/stage1-{coreos,host}.aci; do
		pod_sh 'echo native' "$flag" --uuid-file-save="$BATS_TEST_TMPDIR/id"
		expect_status 0
		expect_equal "$output" native
		POD=$(<"$BATS_TEST_TMPDIR/id")
		expect_equal "$(readlink "$(pod_dir)/flavor")" native
	done
}

# configure KIND MEMBERS: the user layer says this and no more.
configure() {
	rm -rf "$BATS_TEST_TMPDIR/user"
	mkdir -p "$BATS_TEST_TMPDIR/user/$1.d"
	echo "{\"rktKind\": \"$1\", \"rktVersion\": \"v1\", $2}" >"$BATS_TEST_TMPDIR/user/$1.d/a.json"
	rkt_command
	RKT_COMMAND+=(--user-config="$BATS_TEST_TMPDIR/user")
}

@test "the default stage1 is the configuration's: by name and version in the store, else by location" {
	local INSECURE=
	make_stage1 "$BATS_TEST_TMPDIR/default.aci" '.name = "example.com/default" | (.labels[] | select(.name == "version")).value = "1.0"'
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/default.aci"
	configure stage1 '"name": "example.com/default", "version": "1.0", "location": "/nowhere/stage1.aci"'
	STAGE1=example.com/default shows_stage1 --ipc=private
	# Which networks a pod can have is up to that stage1.
	run --separate-stderr "${RKT_COMMAND[@]}" run "$BUSYBOX" --exec=/bin/sh -- -c 'exit 9'
	expect_status 9
	# What is chosen for one pod comes before.
	shows_stage1 --stage1-hash="$STAGE1_ID"
	rkt image rm example.com/default
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'error finding stage1: stage1 image /nowhere/stage1.aci'
	# It is fetched as any other, from a file or a URL.
	configure stage1 "\"name\": \"example.com/default\", \"version\": \"1.0\", \"location\": \"$BATS_TEST_TMPDIR/default.aci\""
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'signature'
	INSECURE=yes
	STAGE1=example.com/default shows_stage1 --ipc=private
	configure stage1 "\"location\": \"file://$BATS_FILE_TMPDIR/stage1.aci\""
	shows_stage1 --ipc=private
	rkt image rm example.com/default
}

@test "a default stage1 that is being worked on is imported each time" {
	local INSECURE=yes
	make_stage1 "$BATS_TEST_TMPDIR/old.aci" '.name = "example.com/dirty" | (.labels[] | select(.name == "version")).value = "1-dirty"'
	rkt --insecure-options=image fetch "$BATS_TEST_TMPDIR/old.aci"
	configure stage1 "\"name\": \"example.com/dirty\", \"version\": \"1-dirty\", \"location\": \"$BATS_FILE_TMPDIR/stage1.aci\""
	shows_stage1 --ipc=private
	rkt image rm example.com/dirty
}

@test "a default stage1 that is missing is looked for beside rkt" {
	[ -z "${RKT_HOST:-}" ] || skip "rkt is not the first word of the command"
	local INSECURE=
	configure stage1 '"location": "/nowhere/stage1.aci"'
	rkt_beside_images
	RKT_COMMAND+=(--user-config="$BATS_TEST_TMPDIR/user")
	cp "$BATS_FILE_TMPDIR/stage1.aci" "$BATS_TEST_TMPDIR/bin/"
	shows_stage1 --ipc=private
}

@test "a default stage1 that is one of rkt's own is the built-in one where it is not there" {
	local members
	for members in '"name": "coreos.com/rkt/stage1-coreos", "version": "1.30.0"' \
		'"location": "/usr/lib/rkt/stage1-images/stage1-host.aci"'; do
		configure stage1 "$members"
		run --separate-stderr "${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/id" \
			"$BUSYBOX" --exec=/bin/sh -- -c 'exit 9'
		expect_status 9
		POD=$(<"$BATS_TEST_TMPDIR/id")
		expect_equal "$(readlink "$(pod_dir)/flavor")" native
	done
	configure stage1 '"name": "example.com/other", "version": "1"'
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none "$BUSYBOX"
	expect_status 254
	expect_equal "$stderr" 'run: error finding stage1: neither the location of the default stage1 image nor its filename are set, use --stage1-{path,url,name,hash,from-dir} flag'
}

@test "the directory of stage1 images may be another one, which is not trusted for that" {
	local INSECURE=yes
	mkdir "$BATS_TEST_TMPDIR/images"
	cp "$BATS_FILE_TMPDIR/stage1.aci" "$BATS_TEST_TMPDIR/images/mine.aci"
	configure paths "\"stage1-images\": \"$BATS_TEST_TMPDIR/images\""
	shows_stage1 --stage1-from-dir=mine.aci
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none --stage1-from-dir=mine.aci "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'signature'
	run --separate-stderr "${RKT_COMMAND[@]}" run --net=none --stage1-from-dir=other.aci "$BUSYBOX"
	expect_status 254
	expect_equal "$stderr" "run: error finding stage1: there is no stage1 image \"other.aci\" in $BATS_TEST_TMPDIR/images"
}

@test "a directory of configuration that is relative is told to stage1 as an absolute one" {
	cd "$BATS_TEST_TMPDIR"
	run_stage1 --local-config=some/where --net=none -- 'exit 2'
	expect_status 2
	expect_equal "$(given run)" "--net=none --local-config=$BATS_TEST_TMPDIR/some/where $POD "
}

@test "one of rkt's own stage1 images that is there is used" {
	fetch_stage1 coreos '.name = "coreos.com/rkt/stage1-coreos"'
	run --separate-stderr rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/id" \
		--stage1-name=coreos.com/rkt/stage1-coreos "$BUSYBOX" --exec=/bin/sh -- -c 'exit 9'
	expect_status 9
	POD=$(<"$BATS_TEST_TMPDIR/id")
	expect_equal "$(jq -r .name "$(pod_dir)/stage1/manifest")" coreos.com/rkt/stage1-coreos
	rkt image rm coreos.com/rkt/stage1-coreos
}

@test "a stage1 that cannot be had is an error, and no other one is taken" {
	local flag ids none
	# The ID of no image that other tests have left begins so.
	ids=$(rkt image list --full --no-legend --fields=id)
	for none in {a..f}{0..9}; do
		grep -q "^sha512-${none:0:1}" <<<"$ids" || break
	done
	for flag in --stage1-hash=sha512-{"$none",zz,"${none:0:1}"} --stage1-hash=x --stage1-name=example.com/other --stage1-path=/no/such.aci \
		--stage1-url=docker://127.0.0.1:1/x --stage1-url=x --stage1-url=https://127.0.0.1:1/stage1-coreos.aci \
		--stage1-name=coreos.com/rkt/stage1-{kvm,fly} --stage1-from-dir=stage1-kvm.aci; do
		run --separate-stderr rkt run --net=none "$flag" "$BUSYBOX" --exec=/bin/true
		expect_status 254
		[ -n "$stderr" ]
	done
	# What is no stage1 has no entry points.
	run --separate-stderr rkt run --net=none --stage1-name="$BUSYBOX" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'image "example.com/busybox" cannot be used as stage1'
}

@test "a stage1 of somebody else needs a signature" {
	make_stage1 "$BATS_TEST_TMPDIR/new.aci" '.name = "example.com/new"'
	run --separate-stderr rkt run --net=none --stage1-path="$BATS_TEST_TMPDIR/new.aci" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'signature|insecure'
	refute_match "$(rkt image list)" example.com/new
}

@test "with --detach rkt comes back when the entry point says that the pod is ready" {
	POD=$(rkt run --detach --net=none --stage1-hash="$STAGE1_ID" "$BUSYBOX" --exec=/bin/sleep -- 1000)
	pod_has_state "$POD" running
	expect_equal "$(rkt enter "$POD" /bin/echo inside)" inside
	rkt stop "$POD"
	wait_until pod_has_state "$POD" exited
}

@test "apps of several layers, one of which hides files, have their roots below that of stage1" {
	run --separate-stderr rkt run --insecure-options=image --net=none --stage1-hash="$STAGE1_ID" \
		"oci:$FIXTURES/oci:layers" --name=one --exec=/bin/sh -- -c 'ls /opt/opaque; ls -d /opt/gone; echo 1 >/one; ls -d /proc' --- \
		"oci:$FIXTURES/oci:layers" --name=two --exec=/bin/sh -- -c 'ls -d /one; exit 2'
	expect_status 2
	expect_equal "$output" $'upper\n/proc'
}
