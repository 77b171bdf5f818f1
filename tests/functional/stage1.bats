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
		grep -q " stage1/rootfs\| $PWD/stage1/rootfs" /proc/self/mountinfo && grep -F " $PWD/" /proc/self/mountinfo >run.mounts
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
		[ "$1" = --force ] && kill -KILL "$(cat pid)" || kill -TERM "$(cat pid)"
	SH
	entry_point "$1/ep/gc" <<-'SH'
		[ -z "$GC_SAYS" ] || cp stage1/rootfs/rkt/status/* "$GC_SAYS" 2>/dev/null
		[ -z "$GC_SAYS" ] || cp gc.args "$GC_SAYS/gc.args"
	SH
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
		["app/stop", "/ep/app-stop"], ["interface-version", "6"]] |
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
