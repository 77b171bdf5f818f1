# SPDX-License-Identifier: Apache-2.0
# "rkt exec": a command in a running app as what the app is.

load lib

setup_file() {
	common_setup_file
}

teardown() {
	common_teardown
}

# What a process may, in its own words.
RIGHTS='grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status'

# A pod of one app that notes its rights and surroundings, and sleeps.
SURROUNDINGS="$RIGHTS; pwd; cat /proc/self/cgroup /proc/self/oom_score_adj /proc/self/limits; ulimit -c; umask"
start_noting() {
	start_pod "$@" --exec=/bin/sh -- -c "($SURROUNDINGS) >/tmp/note; echo whole >/tmp/noted; exec sleep 1000"
	wait_until noted
}

noted() {
	[ "$(rkt enter "$POD" /bin/cat /tmp/noted 2>/dev/null)" = whole ]
}

# What is executed has found the same as the app.
expect_same() {
	expect_equal "$(rkt exec "$@" "$POD" sh -c "$SURROUNDINGS")" "$(rkt enter "$POD" /bin/cat /tmp/note)"
}

# start_script SCRIPT FLAGS...: a pod of one shell.
start_script() {
	local script=$1
	shift
	start_pod "$BUSYBOX" --exec=/bin/sh "$@" -- -c "$script"
}

# start_exec ARGS...: "rkt exec" in the background; its pid is in CLIENT, what it prints in client.out and client.err.
start_exec() {
	rkt_command
	# The client empties its files a little later: what the one before has printed is not to be found until then.
	: >"$BATS_TEST_TMPDIR/client.out"
	# What the shell has it ignore would be ignored.
	env --default-signal "${RKT_COMMAND[@]}" exec "$@" >"$BATS_TEST_TMPDIR/client.out" 2>"$BATS_TEST_TMPDIR/client.err" 3>&- <"${STDIN:-/dev/null}" &
	CLIENT=$!
}

client_has() {
	grep -q "$1" "$BATS_TEST_TMPDIR/client.out"
}

end_of_client() {
	status=0
	wait "$CLIENT" || status=$?
}

# Whether a fifo takes nothing more.
is_full() {
	python3 -c 'import select, sys; sys.exit(bool(select.select([], [open(sys.argv[1], "r+b", 0)], [], 0.2)[1]))' "$1"
}

# at_terminal STEPS COMMAND...: see the program of this name. Sets $output.
at_terminal() {
	local steps=$1
	shift
	rkt_command
	run timeout 60 "$BATS_TEST_DIRNAME/at-terminal" 33x77 "$@" <<<"$steps"
}

# Whether a process of the pod has this in its command line.
pod_has() {
	rkt enter "$POD" /bin/sh -c "grep -l $1 /proc/[0-9]*/cmdline" 2>/dev/null | grep -qv "/self/\|/\$\$/"
}

# The commands "sleep N" in the pod.
sleepers() {
	rkt enter "$POD" /bin/sh -c 'for p in /proc/[0-9]*; do tr "\0" " " <$p/cmdline; echo; done' | grep "^\(/bin/\)\?sleep $1 \$" || true
}

nobody_sleeps() {
	[ -z "$(sleepers "$1")" ]
}

somebody_sleeps() {
	[ -n "$(sleepers "$1")" ]
}

# --- as what the app is ----------------------------------------------------------------------------

@test "exec has the rights, directory, cgroup and limits of an app that is root" {
	start_noting "$BUSYBOX" --working-dir=/var --oom-score-adj=300
	expect_same
	expect_match "$(rkt exec "$POD" sh -c "$SURROUNDINGS")" $'CapEff:\t00000000a80425fb'
	expect_equal "$(rkt exec "$POD" cat /proc/self/oom_score_adj)" 300
	expect_equal "$(rkt exec "$POD" readlink /proc/self/ns/{mnt,pid,net,ipc,uts,cgroup})" "$(rkt enter "$POD" /bin/readlink /proc/1/ns/{mnt,pid,net,ipc,uts,cgroup})"
}

@test "exec has those of an app that is not, and has kept few capabilities and groups" {
	start_noting "$BUSYBOX" --working-dir=/home/www --user=www --group=www --supplementary-gids=7,8 \
		--caps-retain=CAP_CHOWN,CAP_KILL --seccomp=mode=retain,@rkt/default-whitelist
	expect_same
	local found
	found=$(rkt exec "$POD" sh -c "$SURROUNDINGS")
	expect_match "$found" $'Uid:\t33\t33\t33\t33\nGid:\t44\t44\t44\t44\nGroups:\t7 8'
	expect_match "$found" $'CapEff:\t0000000000000000\nCapBnd:\t0000000000000021'
	expect_match "$found" $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "exec has what an app has that nothing was taken from" {
	start_noting --insecure-options=capabilities,seccomp "$BUSYBOX"
	expect_same
	expect_match "$(rkt exec "$POD" sh -c "$RIGHTS")" $'Seccomp:\t0'
}

@test "limits of the caller are not those of the command" {
	start_noting "$BUSYBOX"
	ulimit -S -n 77
	ulimit -S -s 1234
	expect_same
}

@test "exec counts against the limits of the app" {
	RKT_HOST=hybrid
	start_noting "$BUSYBOX" --memory=64M --pids-limit=32
	expect_same
	run rkt exec "$POD" sh -c 'head -c 100M /dev/zero | tail -c 90M >/dev/null'
	[ "$status" != 0 ]
	[ "$(pod_state "$POD")" = running ]
}

@test "the environment is the app's, and --env changes it" {
	start_pod "$BUSYBOX" --environment=COLOUR=red --environment=SIZE=1 --exec=/bin/sleep -- 1000
	expect_equal "$(CALLER=x TERM=vt52 rkt exec "$POD" env | sort)" "$(rkt enter "$POD" /bin/env | grep -v ^TERM= | sort)"
	expect_equal "$(rkt exec --env COLOUR=blue --env=NEW=a=b --env=NEW=last --env=EMPTY= "$POD" env | grep -E '^(COLOUR|SIZE|NEW|EMPTY)' | sort)" \
		"$(printf 'COLOUR=blue\nEMPTY=\nNEW=last\nSIZE=1')"
	run --separate-stderr rkt exec --env=COLOUR "$POD" env
	expect_status 254
	expect_equal "$stderr" 'exec: --env=COLOUR: it must be NAME=VALUE'
	expect_equal "$(rkt exec --env=PATH=/nowhere "$POD" /bin/env | grep ^PATH)" PATH=/nowhere
}

@test "values of --env are in no command line" {
	start_sleeper
	start_exec --env=SECRET=of-mine --env=OTHER=too "$POD" sh -c 'echo "$SECRET" "$OTHER"; exec sleep 997'
	wait_until client_has '^of-mine too$'
	run tr '\0' ' ' <"/proc/$CLIENT/cmdline"
	expect_match "$output" 'sleep 997'
	refute_match "$output" 'mine|too'
}

@test "nice value and processors of the caller are not those of the command" {
	local schedule="cut -d ' ' -f 19 /proc/self/stat; grep Cpus_allowed: /proc/self/status"
	start_sleeper
	expect_equal "$(nice -n 7 taskset 1 "$RKT" --dir="$RKT_DATA" exec "$POD" sh -c "$schedule")" "$(rkt enter "$POD" /bin/sh -c "cut -d ' ' -f 19 /proc/1/stat; grep Cpus_allowed: /proc/1/status")"
}

@test "keys of the caller are not the command's" {
	local possess=(python3 -c '
import ctypes, os, sys
call = ctypes.CDLL(None, use_errno=True).syscall
call(250, 1, None)
key = call(248, b"user", b"of-the-caller", b"secret", 6, -3)
call(250, 5, key, 0x3f000000)
os.execvp(sys.argv[1], sys.argv[1:])')
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of system calls are those of x86-64"
	"${possess[@]}" grep -q of-the-caller /proc/keys || skip "there are no keys here"
	start_pod --insecure-options=paths,seccomp "$BUSYBOX" --exec=/bin/sleep -- 1000
	run "${possess[@]}" "$RKT" --dir="$RKT_DATA" exec "$POD" cat /proc/keys
	expect_status 0
	refute_match "$output" of-the-caller
}

@test "a filter of the app without what rkt itself needs does not keep commands out" {
	start_pod "$BUSYBOX" --seccomp=mode=remove,errno=EPERM,close_range --exec=/bin/sleep -- 1000
	expect_equal "$(rkt exec "$POD" echo yes)" yes
	expect_equal "$(rkt enter "$POD" /bin/echo yes)" yes
}

@test "--cwd, and one that is not there" {
	start_script 'exec sleep 1000' --working-dir=/var
	expect_equal "$(rkt exec "$POD" pwd)" /var
	expect_equal "$(rkt exec --cwd=/home/www "$POD" pwd)" /home/www
	run --separate-stderr rkt exec --cwd=/none "$POD" pwd
	expect_status 126
	expect_equal "$stderr" 'exec: cannot run pwd: workdir /none: no such file or directory'
	run --separate-stderr rkt exec --cwd=var "$POD" pwd
	expect_status 254
	expect_equal "$stderr" 'exec: --cwd=var: it must be an absolute path'
}

@test "--user and --group are found in the app's own files, as they are now" {
	start_sleeper
	rkt exec "$POD" sh -c 'echo "late:x:1234:1234::/:" >>/etc/passwd; echo "club:x:77:" >>/etc/group; touch /tmp/of; chown 55:66 /tmp/of'
	expect_equal "$(rkt exec --user=late --group=club "$POD" sh -c 'id -u; id -g')" $'1234\n77'
	expect_equal "$(rkt exec --user=5 --group=6 "$POD" sh -c 'id -u; id -g')" $'5\n6'
	expect_equal "$(rkt exec --user=/tmp/of --group=/tmp/of "$POD" sh -c 'id -u; id -g')" $'55\n66'
	expect_match "$(rkt exec --user=5 "$POD" sh -c "$RIGHTS")" $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000'
	expect_match "$(rkt exec --user=5 "$POD" sh -c "$RIGHTS")" $'NoNewPrivs:\t1\nSeccomp:\t2'
	run --separate-stderr rkt exec --user=1000:club "$POD" id
	expect_status 254
	expect_equal "$stderr" $'exec: invalid user "1000:club"\nexec: hint: the group is another option: --user=1000 --group=club'
	run --separate-stderr rkt exec --user=nobody-here "$POD" id
	expect_status 254
	expect_match "$stderr" 'exec: invalid user "nobody-here"'
}

@test "who is made root in an app that is not has none of root's capabilities" {
	start_script 'exec sleep 1000' --user=33
	local found
	found=$(rkt exec --user=root "$POD" sh -c "$RIGHTS")
	expect_match "$found" $'Uid:\t0\t0\t0\t0'
	expect_match "$found" $'CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000'
	expect_match "$found" $'NoNewPrivs:\t1\nSeccomp:\t2'
}

@test "exec in a pod with users of its own" {
	local first
	start_noting --private-users "$BUSYBOX" --user=www --group=www
	expect_same
	first=$(cut -d: -f1 "$RKT_DATA/pods/run/$POD/private-users-prepared")
	expect_equal "$(rkt exec "$POD" sh -c 'tr -s " " </proc/self/uid_map')" " 0 $first 65536"
	expect_equal "$(rkt exec --user=/bin/sh "$POD" id -u)" 0
	rkt enter "$POD" /bin/sh -c 'touch /tmp/of; chown 55:66 /tmp/of'
	expect_equal "$(rkt exec --user=/tmp/of --group=/tmp/of "$POD" sh -c 'id -u; id -g')" $'55\n66'
	expect_equal "$(echo through | rkt exec -i "$POD" sh -c 'cat </dev/stdin >/dev/stdout')" through
	run --separate-stderr rkt exec --user=70000 "$POD" id
	expect_status 254
	expect_match "$stderr" 'user 70000 is out of range 65536'
}

# --- which app --------------------------------------------------------------------------------------

@test "exec in one of several apps, with --app before or behind the UUID" {
	start_pod "$BUSYBOX" --name=web --user=33 --exec=/bin/sh -- -c 'echo web >/tmp/who; exec sleep 1000' --- \
		"$BUSYBOX" --name=db --exec=/bin/sh -- -c 'echo db >/tmp/who; exec sleep 1000' ---
	wait_until rkt exec --app=db "$POD" test -s /tmp/who
	wait_until rkt exec --app=web "$POD" test -s /tmp/who
	expect_equal "$(rkt exec --app=web "$POD" sh -c 'cat /tmp/who; id -u; echo $AC_APP_NAME')" $'web\n33\nweb'
	expect_equal "$(rkt exec "$POD" --app=db -- sh -c 'cat /tmp/who; id -u; echo $AC_APP_NAME')" $'db\n0\ndb'
	expect_equal "$(rkt exec "$POD" --app=db echo --app=web -- -x)" '--app=web -- -x'
	expect_equal "$(rkt app exec "$POD" --app=db /bin/cat /tmp/who)" db
	expect_equal "$(rkt app exec --app=web "$POD" /bin/cat /tmp/who)" web
	# One terminal after the other, each in its app's /dev/pts.
	at_terminal 'type exit\r' "${RKT_COMMAND[@]}" exec -it --app=web "$POD" sh -c 'tty; test -c $(tty) && echo there; read -r x; exit 3'
	expect_match "$output" $'/dev/pts/[0-9]+\nthere'
	expect_match "$output" 'status 3'
	run --separate-stderr rkt exec "$POD" id
	expect_status 254
	expect_match "$stderr" 'pod contains multiple apps:'
	run --separate-stderr rkt exec --app=none "$POD" id
	expect_status 254
	expect_equal "$stderr" 'exec: no app "none" in the pod'
}

@test "exec in apps that come and go, and in none that does not run" {
	start_sandbox
	rkt app add "$POD" "$BUSYBOX" --name=web --user=33 --exec=/bin/sleep -- 1000
	rkt app add "$POD" "$BUSYBOX" --name=brief --exec=/bin/true
	run --separate-stderr rkt exec --app=web "$POD" id
	expect_status 254
	expect_equal "${stderr%%$'\n'*}" "exec: app \"web\" isn't currently running"
	rkt app start "$POD" --app=web
	expect_equal "$(rkt exec --app=web "$POD" id -u)" 33
	rkt app start "$POD" --app=brief
	wait_until app_is_exited brief
	run --separate-stderr rkt exec --app=brief "$POD" id
	expect_status 254
	expect_equal "${stderr%%$'\n'*}" "exec: app \"brief\" isn't currently running"
	expect_equal "$(rkt exec --app=web "$POD" echo still)" still
	# What is executed ends with its app where that has a cgroup; it does not keep the app from being removed.
	rkt app stop "$POD" --app=web
	rkt app rm "$POD" --app=web
}

start_sandbox() {
	local id_file=$BATS_TEST_TMPDIR/sandbox-$RANDOM
	rkt_command
	"${RKT_COMMAND[@]}" app sandbox --net=none --uuid-file-save="$id_file" >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=10s "$POD" >/dev/null
}

app_is_exited() {
	[ "$(rkt app status "$POD" --app="$1" | sed -n 's/^state=//p')" = exited ]
}

@test "exec of an app that has ended while another runs is refused" {
	start_pod "$BUSYBOX" --name=brief --exec=/bin/true --- "$BUSYBOX" --name=long --exec=/bin/sleep -- 1000 ---
	wait_until test -e "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/status/brief"
	run --separate-stderr rkt exec --app=brief "$POD" id
	expect_status 254
	expect_equal "${stderr%%$'\n'*}" "exec: app \"brief\" isn't currently running"
	expect_equal "$(rkt exec --app=long "$POD" echo yes)" yes
}

@test "an app that ends while exec begins gets no command" {
	local cgroups
	start_sandbox
	rkt app add "$POD" "$BUSYBOX" --name=brief --exec=/bin/true
	rkt app start "$POD" --app=brief
	wait_until app_is_exited brief
	cgroups=$(find /sys/fs/cgroup -name '*brief*' | sort)
	# What the entry point is called like when the app still ran a moment ago.
	cd "$RKT_DATA/pods/run/$POD"
	run --separate-stderr bash -c 'exec -a exec "$@"' bash "$BUILD/libexec/rkt-pod" --pid="$(pgrep -P "$(<ppid)")" --appname=brief -- /bin/id
	expect_status 254
	expect_equal "$output" ''
	expect_equal "$stderr" "exec: app \"brief\" isn't currently running"
	expect_equal "$(find /sys/fs/cgroup -name '*brief*' | sort)" "$cgroups"
}

@test "exec of a pod that does not run, of none, and without a command" {
	prepare_pod "$BUSYBOX"
	run --separate-stderr rkt exec "$POD" id
	expect_status 254
	expect_equal "$stderr" "exec: pod \"$POD\" isn't currently running"
	rkt run-prepared --net=none "$POD"
	run --separate-stderr rkt exec "$POD" id
	expect_status 254
	expect_equal "$stderr" "exec: pod \"$POD\" isn't currently running"$'\n'"exec: hint: \"rkt start $POD\" runs it again"
	run --separate-stderr rkt exec ffffffff id
	expect_status 254
	expect_match "$stderr" 'no matches found for "ffffffff"'
	run --separate-stderr rkt exec "$POD"
	expect_status 254
	expect_match "$stderr" 'CMD is missing'
}

@test "exec of a pod that is just starting is in the pod or fails, and is never in the host's root" {
	local i id_file volumes=()
	rkt_command
	# So that mounting takes a while.
	for i in {1..300}; do
		volumes+=("--volume=v$i,kind=host,source=$FIXTURES" "--mount=volume=v$i,target=/mnt/$i")
	done
	for i in {1..8}; do
		id_file=$BATS_TEST_TMPDIR/early-$i
		"${RKT_COMMAND[@]}" run --net=none --uuid-file-save="$id_file" "${volumes[@]}" "$BUSYBOX" --exec=/bin/sleep -- 1000 >/dev/null 2>&1 3>&- </dev/null &
		POD_PID=$!
		until [ -s "$id_file" ]; do :; done
		until run rkt exec "$(<"$id_file")" test -e /var/data/file; [ "$status" != 254 ]; do :; done
		expect_status 0
		kill -TERM "$POD_PID"
		wait_for_pod_end
	done
}

# --- how it ends ------------------------------------------------------------------------------------

@test "the exit status is the command's, 128 + N after a signal, 126 and 127 for what cannot be run" {
	start_sleeper
	run rkt exec "$POD" true
	expect_status 0
	run rkt exec "$POD" sh -c 'exit 77'
	expect_status 77
	run rkt exec "$POD" sh -c 'kill -SEGV $$'
	expect_status 139
	run -127 --separate-stderr rkt exec "$POD" no-such
	expect_status 127
	expect_equal "$stderr" 'exec: cannot run no-such: no such file or directory'
	run --separate-stderr rkt exec "$POD" /etc/passwd
	expect_status 126
	expect_equal "$stderr" 'exec: cannot run /etc/passwd: permission denied'
	run --separate-stderr rkt exec "$POD" /bin
	expect_status 126
}

@test "signals are passed on" {
	local name
	start_sleeper
	for name in INT TERM HUP QUIT USR1 USR2; do
		start_exec "$POD" sh -c 'trap "echo has '$name'; exit 7" '$name'; echo ready; while :; do sleep 0.05; done'
		wait_until client_has ready
		kill -"$name" "$CLIENT"
		end_of_client
		expect_status 7
		client_has "has $name"
	done
	start_exec "$POD" sh -c 'echo ready; exec sleep 991'
	wait_until client_has ready
	kill -TERM "$CLIENT"
	end_of_client
	expect_status 143
}

@test "when the client is killed, so is all of the command" {
	start_sleeper
	start_exec "$POD" sh -c 'echo ready; sleep 992; echo end'
	wait_until somebody_sleeps 992
	kill -KILL "$CLIENT"
	end_of_client
	expect_status 137
	wait_until nobody_sleeps 992
	start_exec --user=33 "$POD" sh -c 'sleep 993; echo end'
	wait_until somebody_sleeps 993
	kill -KILL "$CLIENT"
	wait_until nobody_sleeps 993
	[ "$(pod_state "$POD")" = running ]
}

@test "what a command leaves behind in the background goes on" {
	start_sleeper
	run rkt exec "$POD" sh -c 'sleep 994 & echo done'
	expect_status 0
	expect_equal "$output" 'done'
	somebody_sleeps 994
}

@test "what a command leaves behind goes on when the client is killed that still prints" {
	local number
	start_sleeper
	rkt_command
	mkfifo "$BATS_TEST_TMPDIR/slow"
	exec {fd}<>"$BATS_TEST_TMPDIR/slow"
	"${RKT_COMMAND[@]}" exec "$POD" sh -c 'sleep 996 >/dev/null 2>&1 & echo $$ >/tmp/number; head -c 90000 /dev/zero' >"$BATS_TEST_TMPDIR/slow" 3>&- </dev/null &
	CLIENT=$!
	wait_until rkt enter "$POD" /bin/test -s /tmp/number
	number=$(rkt enter "$POD" /bin/cat /tmp/number)
	wait_until rkt enter "$POD" /bin/test ! -e "/proc/$number"
	kill -KILL "$CLIENT"
	end_of_client
	expect_status 137
	sleep 0.5
	somebody_sleeps 996
}

@test "when the pod ends, so does the command, and the terminal is as before" {
	start_sleeper
	at_terminal $'wait ready\nmodes\ntype go\\r\nwait gone' bash -c '"$@"; echo status $?; stty -a | grep -q " icanon" && echo cooked again; echo gone' bash \
		"${RKT_COMMAND[@]}" exec -it "$POD" sh -c 'echo ready; read -r x; kill -TERM 1; kill -KILL -1; sleep 1000'
	expect_match "$output" 'raw'
	expect_match "$output" 'cooked again'
}

# --- streams ----------------------------------------------------------------------------------------

@test "stdin is empty without --interactive, and the caller's with it" {
	start_sleeper
	expect_equal "$(echo typed | rkt exec "$POD" cat)" ''
	expect_equal "$(rkt exec "$POD" readlink /proc/self/fd/0)" /dev/null
	expect_equal "$(echo typed | rkt exec -i "$POD" cat)" typed
	expect_equal "$(echo typed | rkt exec --interactive "$POD" sh -c 'read -r a; read -r b || echo end of $a')" 'end of typed'
}

@test "bytes go through as they are, and stdout and stderr stay apart" {
	start_sleeper
	head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/bytes"
	rkt exec -i "$POD" sh -c 'cat; cat /etc/passwd >&2' <"$BATS_TEST_TMPDIR/bytes" >"$BATS_TEST_TMPDIR/back" 2>"$BATS_TEST_TMPDIR/err"
	cmp "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/back"
	cmp "$FIXTURES/rootfs/etc/passwd" "$BATS_TEST_TMPDIR/err"
	expect_equal "$(rkt exec "$POD" seq 1 200000 | sha256sum)" "$(seq 1 200000 | sha256sum)"
}

@test "a reader that leaves ends the command" {
	start_sleeper
	expect_equal "$(rkt exec "$POD" sh -c 'yes; echo "yes ended with $?" >/tmp/end' | head -n 1)" y
	expect_equal "$(rkt exec "$POD" cat /tmp/end)" 'yes ended with 141'
	# A terminal is hung up.
	rkt exec -t "$POD" yes | head -n 1 >"$BATS_TEST_TMPDIR/head"
	status=${PIPESTATUS[0]}
	expect_status 129
	expect_equal "$(tr -d '\r' <"$BATS_TEST_TMPDIR/head")" y
}

@test "who does not want to wait for the reader of the output may end exec by a signal" {
	local flag
	start_sleeper
	mkfifo "$BATS_TEST_TMPDIR/unread"
	rkt_command
	for flag in '' -t; do
		exec 7<>"$BATS_TEST_TMPDIR/unread"
		env --default-signal "${RKT_COMMAND[@]}" exec $flag "$POD" sh -c 'trap "echo ended >>/tmp/ended; exit" TERM; yes & wait' >&7 2>/dev/null 3>&- 7>&- </dev/null &
		CLIENT=$!
		wait_until is_full "$BATS_TEST_TMPDIR/unread"
		kill -TERM "$CLIENT"
		wait_until rkt exec "$POD" grep -qx ended /tmp/ended
		rkt exec "$POD" rm /tmp/ended
		kill -TERM "$CLIENT"
		end_of_client
		expect_equal "$status" 143
		exec 7>&-
	done
}

@test "output that cannot be written is an error, and ends the command" {
	local to command
	start_sleeper
	rkt_command
	for to in '>/dev/full' '2>/dev/full'; do
		run --separate-stderr bash -c '"$@" '"$to" bash "${RKT_COMMAND[@]}" exec "$POD" sh -c 'echo one; echo two >&2'
		expect_status 254
	done
	expect_equal "$output" one
	run --separate-stderr bash -c '"$@" >/dev/full' bash "${RKT_COMMAND[@]}" exec "$POD" sh -c 'yes; echo "yes ended with $?" >/tmp/end'
	expect_status 254
	expect_equal "$stderr" 'exec: cannot write the output: no space left on device'
	expect_equal "$(rkt exec "$POD" cat /tmp/end)" 'yes ended with 141'
	for command in 'echo one' yes; do
		run --separate-stderr bash -c '"$@" >/dev/full' bash timeout "$TIMEOUT" "${RKT_COMMAND[@]}" exec -t "$POD" $command
		expect_status 254
		expect_equal "$stderr" 'exec: cannot write the output: no space left on device'
	done
}

@test "the command gets no descriptor of the caller" {
	start_sleeper
	exec {fd}<"$FIXTURES/manifest"
	expect_equal "$(rkt exec "$POD" sh -c 'for f in /proc/$$/fd/*; do case $f in */[012]) ;; *) readlink $f;; esac; done')" ''
	run rkt exec -i "$POD" ls /proc/self/fd/0/ <"$FIXTURES"
	refute_match "$output" manifest
	run rkt exec "$POD" readlink /proc/self/fd/1
	expect_match "$output" '^pipe:'
}

@test "twenty commands at once" {
	local i pids=()
	start_sleeper
	rkt_command
	for i in {1..20}; do
		"${RKT_COMMAND[@]}" exec "$POD" sh -c "echo from $i; exit $i" >"$BATS_TEST_TMPDIR/out.$i" 3>&- &
		pids[i]=$!
	done
	for i in {1..20}; do
		status=0
		wait "${pids[i]}" || status=$?
		expect_status "$i"
		expect_equal "$(cat "$BATS_TEST_TMPDIR/out.$i")" "from $i"
	done
}

# --- terminals --------------------------------------------------------------------------------------

@test "a terminal of the pod, with the caller's size, and raw mode only meanwhile" {
	start_script 'exec sleep 1000' --user=33
	TERM=vt52 at_terminal $'wait ready\nmodes\nsize 44 88\ntype now\\r\nwait 44 88\ntype \\x03' bash -c '"$@"; echo "left with $?"; stty -a | grep -q " icanon" && echo cooked again' bash \
		"${RKT_COMMAND[@]}" exec -it "$POD" sh -c 'trap "echo interrupted; exit 5" INT; tty; stty size; stat -c "owner %u" $(tty); echo "term $TERM"; echo ready; read -r x; stty size; while :; do sleep 0.05; done'
	expect_match "$output" $'/dev/pts/[0-9]+\n33 77\nowner 33\nterm vt52\nready'
	expect_match "$output" $'^raw\n'
	expect_match "$output" $'44 88\n'
	expect_match "$output" $'interrupted\nleft with 5\ncooked again'
}

@test "the terminal is as before when a signal ends the command" {
	start_sleeper
	at_terminal $'wait ready\nmodes\nsignal TERM\nwait cooked again' bash -c 'trap : TERM; "$@"; echo "left with $?"; stty -a | grep -q " icanon" && echo cooked again' bash \
		"${RKT_COMMAND[@]}" exec -it "$POD" sh -c 'echo ready; exec sleep 1000'
	expect_match "$output" $'^raw\n'
	expect_match "$output" 'left with 143'
}

@test "the way out kills the command" {
	start_sleeper
	at_terminal $'wait ready\ntype \\x1d\\x1d\\x1d' "${RKT_COMMAND[@]}" exec -it "$POD" sh -c 'echo ready; exec sleep 995'
	expect_match "$output" 'status 137'
	nobody_sleeps 995
}

@test "the way out leads out of a command that cannot even be killed" {
	local tracer
	start_sleeper
	trace_who_sleeps 887
	at_terminal $'wait ready\ntype \\x1d\\x1d\\x1d' "${RKT_COMMAND[@]}" exec -it "$POD" sh -c '(sleep 2; echo ready) & exec sleep 887'
	kill "$tracer"
	expect_match "$output" 'status 137'
}

@test "a terminal without a caller's, and what is asked for in vain" {
	start_sleeper
	run rkt exec -t "$POD" sh -c 'tty; test -t 1 && echo at a terminal; exit 4'
	expect_status 4
	expect_match "${output//$'\r'/}" $'^/dev/pts/[0-9]+\nat a terminal'
	run --separate-stderr rkt exec -it "$POD" id </dev/null
	expect_status 254
	expect_equal "$stderr" $'exec: stdin is no terminal\nexec: hint: leave out --tty'
}

@test "an app that stops all commands does not keep their clients" {
	local _
	start_script 'while :; do kill -STOP -1; done'
	for _ in {1..20}; do
		start_exec -t "$POD" sleep 1000
		sleep 0.3
		kill -TERM "$CLIENT"
		sleep 0.3
		# A command that has got further, and is stopped then, is followed.
		kill -KILL "$CLIENT" 2>/dev/null || true
		end_of_client
		[ "$status" != 143 ] || return 0
	done
	false
}

@test "the command cannot type into the caller's terminal" {
	start_sleeper
	at_terminal modes "${RKT_COMMAND[@]}" exec "$POD" sh -c 'test -t 0 || test -t 1 || test -t 2 || echo none; cat /dev/tty'
	expect_match "$output" 'none'
	expect_match "$output" "can't open '/dev/tty'"
}

# --- hostile images ---------------------------------------------------------------------------------

@test "accounts that are pipes or links out of the root lead nowhere" {
	start_sleeper
	echo 'rootly:x:0:0::/:' >"$BATS_TEST_TMPDIR/passwd"
	rkt exec "$POD" sh -c 'rm /etc/passwd; mkfifo /etc/passwd'
	run --separate-stderr timeout 20 "$RKT" --dir="$RKT_DATA" exec --user=www "$POD" id
	expect_status 254
	expect_match "$stderr" 'invalid user "www"'
	rkt exec "$POD" sh -c "rm /etc/passwd; ln -s ../../../../../../../..$BATS_TEST_TMPDIR/passwd /etc/passwd"
	run --separate-stderr rkt exec --user=rootly "$POD" id
	expect_status 254
	expect_match "$stderr" 'invalid user "rootly"'
	rkt exec "$POD" sh -c 'rm /etc/passwd; ln -s /proc/1/root/etc/passwd /etc/passwd'
	run --separate-stderr rkt exec --user=root2 "$POD" id
	expect_status 254
}

@test "the program of rkt that is in the pod for a moment can be neither written to nor kept" {
	local before
	before=$(sha256sum "$BUILD/libexec/rkt-pod")
	start_sleeper
	rkt exec "$POD" sh -c 'ln -s /proc/self/exe /tmp/self; printf "#!/proc/self/exe\n" >/tmp/script; chmod +x /tmp/script'
	run rkt exec "$POD" /tmp/self
	[ "$status" != 0 ]
	run rkt exec "$POD" /tmp/script
	[ "$status" != 0 ]
	start_exec "$POD" sh -c 'echo ready; while :; do for p in /proc/[0-9]*; do (: >>$p/exe) 2>/dev/null && case $(readlink $p/exe) in *busybox*) ;; *) echo "written $(readlink $p/exe)";; esac; done; done'
	wait_until client_has ready
	for _ in {1..20}; do rkt exec "$POD" true; done
	kill -KILL "$CLIENT"
	! client_has written
	expect_equal "$(sha256sum "$BUILD/libexec/rkt-pod")" "$before"
}

@test "a working directory cannot be a descriptor of the host" {
	local n
	start_sleeper
	for n in {3..12}; do
		run --separate-stderr rkt exec --cwd="/proc/self/fd/$n" "$POD" pwd
		expect_status 126
	done
}
