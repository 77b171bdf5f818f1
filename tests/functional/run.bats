#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What an app in a pod finds around it, and what the caller of "rkt run" gets back.

load lib.bash

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# --- exit codes, output, signals ---------------------------------------------------------------

@test "an app that succeeds gives exit code 0" {
	pod "$BUSYBOX"
	expect_status 0
}

@test "exit code of the app becomes that of run" {
	pod_sh 'exit 7'
	expect_status 7
}

@test "an app killed by a signal gives the signal's number" {
	pod_sh 'kill -USR1 $$'
	expect_status 10
}

@test "arguments reach the app byte for byte" {
	pod "$BUSYBOX" --exec=/bin/printf -- '<%s>\n' 'a b' '%s $HOME "q" \n' '' --- # ends the arguments
	expect_status 0
	expect_equal "${lines[0]}" '<a b>'
	expect_equal "${lines[1]}" '<%s $HOME "q" \n>'
	expect_equal "${lines[2]}" '<>'
}

@test "output lines carry uptime, app name and pid" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --name=talker --exec=/bin/echo -- hello
	expect_status 0
	expect_match "$output" '^\[ *[0-9]+\.[0-9]{6}\] talker\[[0-9]+\]: hello'
}

@test "a long line and a last line without newline arrive whole" {
	pod_sh 'head -c 20000 /dev/zero | tr "\0" x; echo; printf tail'
	expect_status 0
	expect_equal "$(tr -d '\n' <<<"$output" | tr -cd x | wc -c)" 20000
	expect_match "$output" 'tail$'
}

@test "closed standard streams are not taken by files of the supervisor" {
	rkt_command
	"${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/sleep -- 1000 3>&- <&- >&- 2>&- &
	POD_PID=$!
	wait_until test -s "$BATS_TEST_TMPDIR/uuid"
	rkt status --wait-ready=10s "$(<"$BATS_TEST_TMPDIR/uuid")" >/dev/null
	expect_equal "$(readlink "/proc/$POD_PID/fd/"{0,1,2} | sort -u)" /dev/null
	kill "$POD_PID"
	wait_for_pod_end
	expect_status 143
}

@test "a program that does not exist gives 203 and says so" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --exec=/foo-not-there
	expect_status 203
	expect_match "$output$stderr" 'foo-not-there.*[Nn]o such file or directory'
}

@test "a program name is searched along the PATH of the app" {
	pod "$BUSYBOX" --exec=echo -- found
	expect_status 0
	expect_equal "$output" found
}

@test "a program name that is nowhere is an error that names the search path" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --exec=no-such-program
	expect_status 254
	expect_match "$stderr" 'unable to find "no-such-program" in "'
}

@test "SIGTERM stops the pod in order and run dies by it" {
	start_pod "$BUSYBOX" --exec=/bin/sh -- -c 'trap "echo stopped; exit 3" TERM; while :; do sleep 0.1; done'
	kill -TERM "$POD_PID"
	wait_for_pod_end
	expect_status 143
	expect_match "$(<"$BATS_TEST_TMPDIR/pod.out")" 'stopped'
	expect_equal "$(pod_state "$POD")" exited
}

@test "SIGINT stops the pod and run dies by it" {
	# A background process of a shell ignores SIGINT, and what it executes inherits that.
	rkt_command
	run --separate-stderr python3 - "${RKT_COMMAND[@]}" run --net=none "--uuid-file-save=$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" \
		--exec=/bin/sleep -- 1000 <<-'PYTHON'
		import os, signal, subprocess, sys, time
		signal.signal(signal.SIGINT, signal.default_int_handler)
		pod = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True,
		                       preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
		run_dir = sys.argv[2].removeprefix("--dir=") + "/pods/run/"
		file = next(a for a in sys.argv if a.startswith("--uuid-file-save=")).partition("=")[2]
		for _ in range(200):
		    time.sleep(0.05)
		    if os.path.exists(file) and os.path.lexists(
		            run_dir + open(file).read() + "/stage1/rootfs/rkt/supervisor-status"):
		        break
		pod.send_signal(signal.SIGINT)
		print("ended", pod.wait(timeout=30))
	PYTHON
	expect_status 0
	expect_equal "$output" "ended -2"
}

@test "PID 1 of the pod reaps orphans" {
	pod_sh '(sh -c "sleep 0.1 & exec true" &); sleep 1; grep -l "^State:.Z" /proc/[0-9]*/status || echo none'
	expect_status 0
	expect_equal "$output" none
}

@test "SIGKILL of run leaves no process behind" {
	start_sleeper
	app=$(rkt enter "$POD" /bin/sh -c 'readlink /proc/self/ns/pid')
	kill -KILL "$POD_PID"
	wait_for_pod_end
	pid_namespace_is_gone() { ! readlink /proc/[0-9]*/ns/pid | grep -qF "$app"; }
	wait_until pid_namespace_is_gone
	expect_equal "$(pod_state "$POD")" exited
}

@test "SIGKILL of run while the pod is being set up leaves no process behind" {
	rkt_command
	# Many at a time: the moments between two steps are longer on a busy machine.
	for _ in {1..40}; do
		pods=()
		for _ in {1..8}; do
			"${RKT_COMMAND[@]}" run --net=none "$BUSYBOX" --exec=/bin/sleep -- 1000 >/dev/null 2>&1 3>&- &
			pods+=($!)
		done
		for pid in "${pods[@]}"; do
			sleep "0.00$((RANDOM % 4))$((RANDOM % 10))"
			kill -KILL "$pid"
			wait "$pid" || true
		done
	done
	nothing_runs() { ! rkt list --no-legend | grep -E 'running|preparing|embryo'; }
	wait_until nothing_runs
}

# --- namespaces ----------------------------------------------------------------------------------

@test "mount, pid, ipc, uts and net namespaces are the pod's own" {
	pod_sh 'for n in mnt pid ipc uts net; do readlink /proc/self/ns/$n; done'
	expect_status 0
	expect_equal "${#lines[@]}" 5
	for line in "${lines[@]}"; do
		refute_match "$(readlink /proc/self/ns/{mnt,pid,ipc,uts,net})" "${line//[/\\[}"
	done
}

@test "the cgroup namespace is the pod's own on cgroup v2 and the caller's on v1" {
	pod_sh 'readlink /proc/self/ns/cgroup'
	expect_status 0
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		[ "$output" != "$(readlink /proc/self/ns/cgroup)" ]
	else
		expect_equal "$output" "$(readlink /proc/self/ns/cgroup)"
	fi
}

@test "an app sees the processes of its pod only" {
	pod_sh 'ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; [ $$ != 1 ] && echo not-first'
	expect_status 0
	[ "${lines[0]}" -le 5 ]
	expect_equal "${lines[2]}" not-first
}

@test "net=none has loopback only, and it is up" {
	pod_sh 'ls /sys/class/net; cat /sys/class/net/lo/flags; ping -c 1 -w 5 127.0.0.1 >/dev/null && echo pong'
	expect_status 0
	expect_equal "${lines[0]}" lo
	expect_equal $((lines[1] & 1)) 1
	expect_equal "${lines[2]}" pong
}

@test "net=none is announced on stderr" {
	pod "$BUSYBOX"
	expect_match "$stderr" 'networking: networking namespace with loopback only'
}

@test "net=host shares the caller's network namespace" {
	run --separate-stderr rkt run --net=host "$BUSYBOX" --exec=/bin/readlink -- /proc/self/ns/net
	plain_output
	expect_status 0
	expect_equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "ipc=parent shares the caller's ipc namespace" {
	pod --ipc=parent "$BUSYBOX" --exec=/bin/readlink -- /proc/self/ns/ipc
	expect_status 0
	expect_equal "$output" "$(readlink /proc/self/ns/ipc)"
}

@test "ipc with another word is refused" {
	run --separate-stderr rkt run --net=none --ipc=shared "$BUSYBOX"
	expect_status 254
}

# --- root filesystem -----------------------------------------------------------------------------

@test "the root is the image's, writable, and the store keeps its copy" {
	pod_sh 'echo changed >/var/data/file; rm /etc/group; cat /var/data/file; ls /etc/group 2>&1'
	expect_match "$output" '^changed'
	pod_sh 'cat /var/data/file; wc -l </etc/group'
	expect_status 0
	expect_equal "${lines[0]}" seeded
	expect_equal "${lines[1]}" 3
}

@test "readonly-rootfs makes the root read-only" {
	pod "$BUSYBOX" --readonly-rootfs=true --exec=/bin/sh -- -c 'touch /x 2>&1; touch /etc/y 2>&1; true'
	expect_match "${lines[0]}" 'Read-only file system'
	expect_match "${lines[1]}" 'Read-only file system'
}

@test "proc, sys, shm, pts and mqueue are mounted as they should be" {
	pod_sh 'while read -r _ _ _ _ at options _; do echo "$at $options"; done </proc/self/mountinfo'
	expect_status 0
	expect_match "$output" '/proc rw,nosuid,nodev,noexec'
	expect_match "$output" '/sys ro,nosuid,nodev,noexec'
	expect_match "$output" '/dev/shm rw,nosuid,nodev'
	expect_match "$output" '/dev/pts rw,nosuid,noexec'
}

@test "the devices every app may rely on are there and work" {
	pod_sh 'for d in null zero full random urandom tty; do [ -c /dev/$d ] && echo $d; done
		head -c 4 /dev/zero | wc -c; echo x >/dev/null; echo y 2>&1 >/dev/full; readlink /dev/ptmx
		[ -d /dev/shm ] && [ -d /dev/pts ] && echo dirs; for n in fd stdin stdout stderr; do [ -e /dev/$n ] || echo no $n; done'
	expect_match "$output" $'null\nzero\nfull\nrandom\nurandom\ntty\n4'
	expect_match "$output" 'No space left on device'
	expect_match "$output" 'dirs'
}

@test "tmp is there with the sticky bit" {
	pod_sh 'stat -c %a /tmp; touch /tmp/x && echo ok'
	expect_status 0
	expect_equal "${lines[0]}" 1777
	expect_equal "${lines[1]}" ok
}

@test "no mount of the host can be seen" {
	pod_sh 'cat /proc/self/mountinfo'
	expect_status 0
	refute_match "$output" "$ROOT/build "
	refute_match "$output" ' /old'
	pod_sh 'cd /proc/1/root 2>/dev/null && ls'
	refute_match "$output" 'lost\+found'
}

@test "kernel paths that could harm the host are read-only or hidden" {
	pod_sh 'for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sys/vm/panic_on_oom; do
			[ ! -e $f ] || (echo x >$f) 2>&1 | grep -q "Read-only file system" || echo "can write $f"; done
		for d in /sys/firmware /sys/fs /sys/hypervisor /sys/module /sys/power; do
			[ ! -e $d ] || [ -z "$(ls $d 2>/dev/null)" ] || echo "can see $d"; done
		for f in /proc/kcore /proc/kallsyms /proc/config.gz /proc/sched_debug; do
			[ ! -e $f ] || [ "$(head -c 16 $f 2>/dev/null | wc -c)" = 0 ] || echo "can read $f"; done
		touch /sys/kernel/x 2>&1 | grep -o "Read-only file system"'
	expect_equal "$output" 'Read-only file system'
}

@test "what hides a kernel path cannot be changed: it is a device of the host" {
	pod_sh 'chmod 0666 /proc/keys; chown 0:0 /proc/keys; touch /proc/keys'
	expect_equal "$(grep -c 'Read-only file system' <<<"$stderr$output")" 3
}

@test "a working directory that is a descriptor of PID 1 is refused" {
	# Some of them are directories of the host.
	for fd in {3..15}; do
		make_aci "$BATS_TEST_TMPDIR/escape.aci" ".name = \"example.com/escape\" | .app.workingDirectory = \"/proc/1/fd/$fd\""
		pod --insecure-options=image "$BATS_TEST_TMPDIR/escape.aci" --exec=/bin/pwd
		expect_status 200
	done
}

@test "a working directory that is a link to one of PID 1 is refused" {
	cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/link"
	ln -s /proc/1/cwd "$BATS_TEST_TMPDIR/link/away"
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link" | .app.workingDirectory = "/away"' "$BATS_TEST_TMPDIR/link"
	pod --insecure-options=image "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/pwd
	expect_status 200
}

@test "a program cannot be a file that PID 1 holds, not in run and not in enter" {
	cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/link"
	ln -s /proc/1/exe "$BATS_TEST_TMPDIR/link/bin/away"
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link"' "$BATS_TEST_TMPDIR/link"
	pod --insecure-options=image "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/away
	expect_status 203
	start_pod example.com/link --exec=/bin/sleep -- 1000
	run --separate-stderr rkt enter "$POD" /bin/away
	expect_status 126
	kill "$POD_PID"
	wait_for_pod_end
}

@test "insecure paths lifts the protection of kernel paths" {
	run --separate-stderr rkt --insecure-options=paths run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'ls /sys/module | wc -l'
	plain_output
	expect_status 0
	[ "$output" -gt 1 ]
}

@test "a device outside the allowed ones cannot be opened" {
	pod_sh 'mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem 2>&1'
	expect_match "$output" 'Operation not permitted'
}

# --- capabilities, seccomp, privileges -----------------------------------------------------------

@test "the default capability set" {
	pod_sh 'grep ^Cap /proc/self/status | tr -d "\t"'
	expect_status 0
	expect_match "$output" 'CapPrm:00000000a80425fb'
	expect_match "$output" 'CapEff:00000000a80425fb'
	expect_match "$output" 'CapBnd:00000000a80425fb'
	expect_match "$output" 'CapAmb:0000000000000000'
}

@test "caps-retain leaves exactly the named capabilities" {
	pod "$BUSYBOX" --caps-retain=CAP_KILL,CAP_NET_ADMIN --exec=/bin/grep -- CapBnd /proc/self/status
	expect_status 0
	expect_match "$output" '0000000000001020'
}

@test "caps-remove takes from the default set" {
	pod "$BUSYBOX" --caps-remove=CAP_MKNOD --exec=/bin/sh -- -c 'grep CapBnd /proc/self/status; mknod /tmp/x c 1 3 2>&1'
	expect_match "$output" '00000000a00425fb'
	expect_match "$output" 'Operation not permitted'
}

@test "caps-retain and caps-remove on one image are refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --caps-remove=CAP_MKNOD --caps-retain=CAP_KILL
	expect_status 254
}

@test "insecure capabilities leaves the caller's set" {
	run --separate-stderr rkt --insecure-options=capabilities run --net=none "$BUSYBOX" --exec=/bin/grep -- CapBnd /proc/self/status
	plain_output
	expect_status 0
	expect_match "$output" "$(awk '/CapBnd/ { print $2 }' /proc/self/status)"
}

@test "an app that is not root has no effective capabilities" {
	pod "$BUSYBOX" --user=33 --group=44 --exec=/bin/grep -- -E 'CapEff|CapPrm|CapBnd' /proc/self/status
	expect_match "$output" $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb'
}

@test "the default seccomp filter kills what it does not list" {
	pod_sh 'grep ^Seccomp: /proc/self/status; unshare -m true; echo "unshare: $?"'
	expect_match "${lines[0]}" '2$'
	expect_match "$output" 'unshare: 159'
}

@test "seccomp remove with errno answers with it" {
	pod "$BUSYBOX" --seccomp=mode=remove,errno=ENOSYS,mkdir,mkdirat --exec=/bin/sh -- -c 'mkdir /x 2>&1; echo ok >/y && cat /y'
	expect_match "${lines[0]}" 'Function not implemented'
	expect_equal "${lines[1]}" ok
}

@test "seccomp warns of a name that is no system call" {
	pod_sh 'echo on' --seccomp=mode=remove,errno=ENOSYS,no_such_call,chown,@docker/default-blacklist
	expect_status 0
	expect_equal "$output" on
	expect_equal "$(grep seccomp <<<"$stderr")" 'seccomp: warning: unknown system call "no_such_call" is passed over'
}

@test "seccomp retain allows the named calls only" {
	pod "$BUSYBOX" --seccomp=mode=retain,@rkt/default-whitelist,unshare --caps-retain=CAP_SYS_ADMIN \
		--exec=/bin/unshare -- -u /bin/echo fine
	expect_status 0
	expect_equal "$output" fine
}

@test "insecure seccomp sets no filter" {
	run --separate-stderr rkt --insecure-options=seccomp run --net=none "$BUSYBOX" --exec=/bin/grep -- ^Seccomp: /proc/self/status
	plain_output
	expect_match "$output" '0$'
}

@test "a filter and a user other than root force no-new-privs" {
	pod "$BUSYBOX" --user=33 --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '1$'
	pod "$BUSYBOX" --exec=/bin/grep -- NoNewPrivs /proc/self/status
	expect_match "$output" '0$'
}

# --- environment, user, directory -----------------------------------------------------------------

@test "the default environment" {
	pod "$BUSYBOX" --exec=/bin/env
	expect_status 0
	for variable in PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SHELL=/bin/sh USER=root \
		LOGNAME=root HOME=/root AC_APP_NAME=busybox; do
		grep -qxF "$variable" <<<"$output" || { echo "missing: $variable in $output"; return 1; }
	done
}

@test "set-env, environment and inherit-env have their order" {
	IN_HOST=host BOTH=host run --separate-stderr rkt run --net=none --inherit-env --set-env=BOTH=set --set-env=S=pod \
		"$BUSYBOX" --environment=S=app --environment=A=app --exec=/bin/sh -- -c 'echo $IN_HOST $BOTH $S $A'
	plain_output
	expect_status 0
	expect_equal "$output" 'host set app app'
}

@test "set-env-file reads lines and knows comments" {
	printf '%s\n' '# comment' '; comment' '' 'ONE=1 2' 'TWO="q"' >"$BATS_TEST_TMPDIR/env"
	pod --set-env-file="$BATS_TEST_TMPDIR/env" "$BUSYBOX" --exec=/bin/sh -- -c 'echo "$ONE|$TWO"'
	expect_equal "$output" '1 2|"q"'
}

@test "set-env of the same name twice is refused" {
	run --separate-stderr rkt run --net=none --set-env=A=1 --set-env=A=2 "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'key "A" already set'
}

@test "nothing of the caller's environment and descriptors reaches the app" {
	SECRET=leak run --separate-stderr rkt run --net=none "$BUSYBOX" --exec=/bin/sh -- -c 'env; ls /proc/self/fd' 9<"$ROOT/LICENSE"
	refute_match "$output" leak
	plain_output
	expect_equal "$(grep -cxE '[0-9]+' <<<"$output")" 4 # 0, 1, 2 and the directory that ls reads
}

@test "user and group by name, number and path" {
	for user in www 33 /home/www; do
		pod "$BUSYBOX" --user="$user" --group=staff --exec=/bin/sh -- -c 'echo $(id -u):$(id -g)'
		expect_equal "$output" 33:50
	done
	pod "$BUSYBOX" --user=www --group=/home/www --exec=/bin/sh -- -c 'echo $(id -u):$(id -g)'
	expect_equal "$output" 33:44
}

@test "an unknown user is an error that names it" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --user=nobody-here
	expect_status 254
	expect_match "$stderr" 'user "nobody-here"'
}

@test "supplementary-gids replaces the group list" {
	pod "$BUSYBOX" --user=33 --group=44 --supplementary-gids=50,60 --exec=/bin/grep -- ^Groups: /proc/self/status
	expect_match "$output" 'Groups:.*50 60'
	pod "$BUSYBOX" --exec=/bin/grep -- ^Groups: /proc/self/status
	refute_match "$output" '[1-9]'
}

@test "working-dir is where the app starts" {
	pod "$BUSYBOX" --working-dir=/var/data --exec=/bin/pwd
	expect_equal "$output" /var/data
}

@test "a relative program is taken from the working directory" {
	pod "$BUSYBOX" --working-dir=/bin --exec=./echo -- here
	expect_equal "$output" here
}

# --- hostname, hosts, resolv.conf ------------------------------------------------------------------

@test "the hostname is rkt-UUID unless given" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --exec=/bin/hostname
	expect_equal "$output" "rkt-$(<"$BATS_TEST_TMPDIR/uuid")"
	pod --hostname=given "$BUSYBOX" --exec=/bin/sh -- -c 'hostname; cat /etc/hostname'
	expect_equal "$output" $'given\ngiven'
	expect_equal "$(hostname)" "$(</proc/sys/kernel/hostname)"
}

@test "an image without /etc/hosts gets the default one with the hostname" {
	pod --hostname=hh "$BUSYBOX" --exec=/bin/cat -- /etc/hosts
	expect_match "$output" '127.0.0.1 localhost localhost.domain localhost4 localhost4.localdomain4 hh'
	expect_match "$output" '::1 ip6-localhost ip6-loopback localhost6 localhost6.localdomain6'
}

@test "hosts-entry adds lines" {
	pod --hosts-entry=10.1.2.3=one,10.1.2.3=two "$BUSYBOX" --exec=/bin/cat -- /etc/hosts
	expect_match "$output" 'Added by rkt run --hosts-entry'
	expect_match "$output" '10.1.2.3 one two'
}

@test "dns options make resolv.conf" {
	pod --dns=10.0.0.1 --dns=10.0.0.2 --dns-search=a.example --dns-search=b.example --dns-opt=ndots:5 --dns-domain=d.example \
		"$BUSYBOX" --exec=/bin/cat -- /etc/resolv.conf
	expect_equal "$output" '# Generated by rkt run

search a.example b.example
nameserver 10.0.0.1
nameserver 10.0.0.2
options ndots:5
domain d.example'
}

@test "dns=host shows the host's file" {
	pod --dns=host "$BUSYBOX" --exec=/bin/cat -- /etc/resolv.conf
	expect_equal "$output" "$(</etc/resolv.conf)"
}

# --- volumes ----------------------------------------------------------------------------------------

@test "a host directory is mounted where told, and read-only if told" {
	mkdir "$BATS_TEST_TMPDIR/host"
	echo from-host >"$BATS_TEST_TMPDIR/host/file"
	pod --volume="data,kind=host,source=$BATS_TEST_TMPDIR/host" --mount=volume=data,target=/mnt/data \
		"$BUSYBOX" --exec=/bin/sh -- -c 'cat /mnt/data/file; echo back >/mnt/data/new'
	expect_equal "$output" from-host
	expect_equal "$(<"$BATS_TEST_TMPDIR/host/new")" back
	pod --volume="data,kind=host,source=$BATS_TEST_TMPDIR/host,readOnly=true" "$BUSYBOX" --mount=volume=data,target=/mnt/data \
		--exec=/bin/sh -- -c 'touch /mnt/data/x 2>&1'
	expect_match "$output" 'Read-only file system'
}

@test "an empty volume is shared by the apps that name it" {
	pod --volume=shared,kind=empty,mode=0777,uid=33,gid=44 --mount=volume=shared,target=/shared \
		"$BUSYBOX" --name=writer --exec=/bin/sh -- -c 'stat -c %a:%u:%g /shared; echo word >/shared/f' \
		--- "$BUSYBOX" --name=reader --exec=/bin/sh -- -c 'until [ -s /shared/f ]; do sleep 0.05; done; cat /shared/f'
	expect_status 0
	expect_match "$output" '777:33:44'
	expect_match "$output" 'word'
}

@test "a mount of a volume that nobody declared is refused" {
	run --separate-stderr rkt run --net=none --mount=volume=nope,target=/x "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'dangling mount point "/x": volume "nope" not found'
}

@test "a target that is a symlink out of the root stays inside" {
	make_aci "$BATS_TEST_TMPDIR/link.aci" '.name = "example.com/link"' "$(
		cp -a "$FIXTURES/rootfs" "$BATS_TEST_TMPDIR/rootfs"
		ln -s /../../../../../../tmp "$BATS_TEST_TMPDIR/rootfs/escape"
		echo "$BATS_TEST_TMPDIR/rootfs"
	)"
	mkdir "$BATS_TEST_TMPDIR/host"
	touch "$BATS_TEST_TMPDIR/host/file"
	run --separate-stderr rkt --insecure-options=image run --net=none --volume="v,kind=host,source=$BATS_TEST_TMPDIR/host" \
		--mount=volume=v,target=/escape/x "$BATS_TEST_TMPDIR/link.aci" --exec=/bin/ls -- /tmp/x
	plain_output
	expect_equal "$output" file
	[ ! -e /tmp/x ]
}

# --- several apps ------------------------------------------------------------------------------------

@test "apps of a pod share pid, net, ipc and uts namespaces, and each has its own root" {
	pod "$BUSYBOX" --name=one --exec=/bin/sh -- -c 'echo one >/marker; for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done; sleep 1' \
		--- "$BUSYBOX" --name=two --exec=/bin/sh -- -c 'sleep 0.5; [ ! -e /marker ] || echo sees-marker; for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done'
	expect_status 0
	refute_match "$output" sees-marker
	expect_equal "$(sort <<<"$output" | uniq -c | awk '$2 !~ /^mnt/ { print $1 }' | sort -u)" 2
	expect_equal "$(sort <<<"$output" | uniq -c | awk '$2 ~ /^mnt/ { print $1 }' | sort -u)" 1
}

@test "the first app that fails ends the pod and gives the exit code" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX" --name=fails --exec=/bin/sh -- -c 'sleep 0.3; exit 5' \
		--- "$BUSYBOX" --name=waits --exec=/bin/sleep -- 1000
	expect_status 5
	run rkt status "$(<"$BATS_TEST_TMPDIR/uuid")"
	expect_match "$output" 'app-fails=5'
	expect_match "$output" 'app-waits=0'
}

@test "an app that ends well leaves the others running" {
	pod "$BUSYBOX" --name=quick --- "$BUSYBOX" --name=slow --exec=/bin/sh -- -c 'sleep 1; echo still-here; exit 4'
	expect_status 4
	expect_match "$output" still-here
}

@test "two apps of one name are refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'multiple apps with name busybox'
}

# --- limits -------------------------------------------------------------------------------------------

@test "a memory limit below a page is refused" {
	run --separate-stderr rkt run --net=none "$BUSYBOX" --memory=1000
	expect_status 254
	expect_match "$stderr" 'memory limit of 1000 bytes too low'
}

@test "oom-score-adj is set" {
	pod "$BUSYBOX" --oom-score-adj=321 --exec=/bin/cat -- /proc/self/oom_score_adj
	expect_equal "$output" 321
}

# --- terminal ------------------------------------------------------------------------------------------

@test "interactive gives the app a terminal of the caller's size" {
	rkt_command
	run script -qec "stty rows 33 cols 77; ${RKT_COMMAND[*]} run --net=none --interactive $BUSYBOX --exec=/bin/sh -- -c 'tty; stty size; echo err >&2; exit 6'" /dev/null
	expect_status 6
	expect_match "$output" '/dev/(pts/[0-9]+|console)'
	expect_match "$output" '33 77'
	expect_match "$output" 'err'
}

@test "interactive passes the standard input on" {
	rkt_command
	run bash -c "(sleep 2; echo typed; sleep 1) | script -qec '${RKT_COMMAND[*]} run --net=none --interactive $BUSYBOX --exec=/bin/sh -- -c \"read x; echo got-\\\$x\"' /dev/null"
	expect_match "$output" 'got-typed'
}

@test "interactive is for one app" {
	run --separate-stderr rkt run --net=none --interactive "$BUSYBOX" --name=a "$BUSYBOX" --name=b
	expect_status 254
	expect_match "$stderr" 'interactive option only supports one image'
}

@test "without interactive the standard input is /dev/null" {
	echo text >"$BATS_TEST_TMPDIR/input"
	pod "$BUSYBOX" --exec=/bin/sh -- -c 'readlink /proc/self/fd/0; cat' <"$BATS_TEST_TMPDIR/input"
	expect_equal "$output" /dev/null
}

# --- what the command line refuses, and other ends ------------------------------------------------------

@test "run without an image is refused" {
	run --separate-stderr rkt run
	expect_status 254
	expect_equal "$stderr" 'run: must provide at least one image or specify the pod manifest'
}

@test "run of a file that does not exist says so" {
	run --separate-stderr rkt --insecure-options=image run --net=none /nonexistent.aci
	expect_status 254
	expect_equal "$stderr" 'run: open /nonexistent.aci: no such file or directory'
}

@test "run without root says that it needs root" {
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$RKT" run "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'run: cannot run as unprivileged user'
}

@test "an app flag before any image is refused" {
	run --separate-stderr rkt run --net=none --exec=/bin/true "$BUSYBOX"
	expect_status 254
	expect_match "$stderr" 'must follow an image'
}

@test "uuid-file-save holds the UUID and nothing else" {
	pod --uuid-file-save="$BATS_TEST_TMPDIR/uuid" "$BUSYBOX"
	expect_status 0
	expect_match "$(<"$BATS_TEST_TMPDIR/uuid")" "$UUID_PATTERN"
	expect_equal "$(wc -c <"$BATS_TEST_TMPDIR/uuid")" 36
}

@test "uuid-file-save follows a link" {
	ln -s uuid "$BATS_TEST_TMPDIR/link"
	pod --uuid-file-save="$BATS_TEST_TMPDIR/link" "$BUSYBOX"
	expect_status 0
	expect_equal "$(readlink "$BATS_TEST_TMPDIR/link")" uuid
	expect_match "$(<"$BATS_TEST_TMPDIR/uuid")" "$UUID_PATTERN"
}

@test "uuid-file-save is written before the pod is prepared" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	# As long as nobody reads the pipe, rkt waits in writing to it.
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	rkt run --net=none --uuid-file-save="$BATS_TEST_TMPDIR/pipe" "$BUSYBOX" &
	wait_until compgen -G "$RKT_DATA/pods/prepare/*" >/dev/null
	sleep 0.2
	preparing=$(ls "$RKT_DATA/pods/prepare")
	content=$(ls "$RKT_DATA/pods/prepare/$preparing")
	uuid=$(<"$BATS_TEST_TMPDIR/pipe")
	expect_equal "$content" ""
	expect_equal "$uuid" "$preparing"
	wait $!
	expect_equal "$(pod_state "$uuid")" exited
}

@test "dry-run prints the plan and starts nothing" {
	before=$(ls "$RKT_DATA/pods/run" 2>/dev/null | wc -l)
	pod --dry-run "$BUSYBOX" --exec=/bin/sh -- -c 'echo ran'
	expect_status 0
	expect_match "$output" 'overlay'
	expect_match "$output" 'exec'
	expect_match "$output" '/bin/sh'
	expect_equal "$(ls "$RKT_DATA/pods/run" 2>/dev/null | wc -l)" "$before"
}

@test "nothing but apps' output is on stdout" {
	run --separate-stderr rkt run --net=none "$BUSYBOX"
	expect_status 0
	expect_equal "$output" ""
}

@test "many pods at once all run" {
	for i in 1 2 3 4 5 6 7 8; do
		rkt run --net=none "$BUSYBOX" --exec=/bin/echo -- "pod-$i" >"$BATS_TEST_TMPDIR/out-$i" 2>&1 &
	done
	wait
	for i in 1 2 3 4 5 6 7 8; do
		expect_match "$(<"$BATS_TEST_TMPDIR/out-$i")" "pod-$i"
	done
}

@test "an app whose output nobody reads any more is told by a broken pipe" {
	run bash -c '"$@" run --net=none '"$BUSYBOX"' --exec=/bin/yes 2>/dev/null | head -n 3; echo "${PIPESTATUS[0]}"' bash \
		timeout "$TIMEOUT" "$RKT" "--dir=$RKT_DATA"
	expect_equal "${#lines[@]}" 4
	expect_match "${lines[2]}" 'busybox\[[0-9]+\]: y$'
	expect_equal "${lines[3]}" 13
}

@test "a pod that cannot be prepared leaves nothing behind" {
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	pod "$BUSYBOX" --user=nobody-of-this-name
	expect_status 254
	expect_equal "$(find "$RKT_DATA/pods" -mindepth 2)" ''
}

@test "links of the image that lead nowhere do not keep a pod from starting" {
	mkdir "$BATS_TEST_TMPDIR/tree"
	tar -C "$BATS_TEST_TMPDIR/tree" -xf "$FIXTURES/busybox.aci"
	rm -rf "$BATS_TEST_TMPDIR"/tree/rootfs/{proc,etc/hostname,etc/hosts}
	ln -s /nowhere/proc "$BATS_TEST_TMPDIR/tree/rootfs/proc"
	ln -s /run/hostname "$BATS_TEST_TMPDIR/tree/rootfs/etc/hostname"
	tar -C "$BATS_TEST_TMPDIR/tree" -cf "$BATS_TEST_TMPDIR/links.aci" manifest rootfs
	run --separate-stderr rkt --insecure-options=image run --net=none "$BATS_TEST_TMPDIR/links.aci" --exec=/bin/sh -- \
		-c 'cat /etc/hostname; ls -d /proc/1'
	plain_output
	expect_status 0
	expect_match "${lines[0]}" '^rkt-'
	expect_equal "${lines[1]}" /proc/1
}

@test "with net=host an image without resolv.conf gets the host's" {
	run --separate-stderr rkt run --net=host "$BUSYBOX" --exec=/bin/cat -- /etc/resolv.conf
	plain_output
	expect_status 0
	expect_equal "$output" "$(cat /etc/resolv.conf)"
}
