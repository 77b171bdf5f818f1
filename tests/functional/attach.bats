# SPDX-License-Identifier: Apache-2.0
# What stdin, stdout and stderr of apps can be, and "rkt attach".

load lib

setup_file() {
	common_setup_file
}

teardown() {
	local pid
	for pid in $CLIENTS; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	common_teardown
}

# Answers each line on both streams; "end N" ends it.
ANSWER='while read -r line; do case $line in end*) exit ${line#end };; esac; echo "got $line"; echo "error $line" >&2; done; echo "no more input"'

# start_app SCRIPT FLAGS...: a pod of one shell.
start_app() {
	local script=$1
	shift
	start_pod "$BUSYBOX" --exec=/bin/sh "$@" -- -c "$script"
}

start_streams() {
	start_app "${1:-$ANSWER}" --stdin=stream --stdout=stream --stderr=stream
}

# start_client NAME ARGS...: "rkt attach" in the background. What is written to the file NAME.in goes to it, what it
# prints is in NAME.out and NAME.err; its pid is in CLIENT. Returns when it is attached.
start_client() {
	local name=$1 before
	shift
	rkt_command
	before=$(n_attached)
	mkfifo "$BATS_TEST_TMPDIR/$name.in"
	"${RKT_COMMAND[@]}" attach "$@" "$POD" <"$BATS_TEST_TMPDIR/$name.in" \
		>"$BATS_TEST_TMPDIR/$name.out" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
	CLIENT=$!
	CLIENTS+=" $CLIENT"
	# Open for writing until the test ends: no end of file.
	exec {fd}>"$BATS_TEST_TMPDIR/$name.in"
	wait_until more_attached "$before"
}

more_attached() {
	[ "$(n_attached)" -gt "$1" ]
}

# How many are attached: the supervisor's sockets that are connected are one for each, and the channel.
n_attached() {
	local sockets
	sockets=$(find "/proc/$POD_PID/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
	echo $(($(awk -v all="$sockets" 'BEGIN { split(all, list, "\n"); for (i in list) ours[list[i]] }
		$7 in ours && $6 == "03"' /proc/net/unix | wc -l) - 1))
}

attached_are() {
	[ "$(n_attached)" = "$1" ]
}

type_to() {
	# For reading too: a client that is gone would be waited for otherwise.
	printf '%s\n' "$2" 1<>"$BATS_TEST_TMPDIR/$1.in"
}

# printed NAME TEXT: whether the client NAME has printed this line to stdout.
printed() {
	grep -Fqx -- "$2" "$BATS_TEST_TMPDIR/$1.out"
}

# end_of_client: its exit status, in $status.
end_of_client() {
	status=0
	wait "$CLIENT" || status=$?
}

# at_terminal STEPS COMMAND...: see the program of this name. Sets $output.
at_terminal() {
	local steps=$1
	shift
	run timeout 60 "$BATS_TEST_DIRNAME/at-terminal" 33x77 "$@" <<<"$steps"
}

# --- streams ---------------------------------------------------------------------------------------

@test "attach connects stdin, stdout and stderr of an app, and the pod's own output stays empty" {
	start_streams
	start_client one
	type_to one hello
	wait_until printed one 'got hello'
	wait_until grep -qx 'error hello' "$BATS_TEST_TMPDIR/one.err"
	expect_equal "$(cat "$BATS_TEST_TMPDIR/one.out")" 'got hello'
	expect_equal "$(cat "$BATS_TEST_TMPDIR/pod.out")" ''
	expect_equal "$(rkt logs "$POD")" ''
}

@test "all who are attached get what the app prints, and what each types goes to it" {
	start_streams
	start_client one
	start_client two
	start_client three --mode=stdout
	type_to one first
	wait_until printed two 'got first'
	type_to two second
	for name in one two three; do
		wait_until printed "$name" 'got second'
		expect_equal "$(cat "$BATS_TEST_TMPDIR/$name.out")" "$(printf 'got first\ngot second')"
	done
	expect_equal "$(cat "$BATS_TEST_TMPDIR/three.err")" ''
}

@test "who attaches leaves with 0 when the app ends, and has its last words" {
	start_streams 'read -r line; seq 1 20000; echo last; exit 7'
	start_client one
	type_to one go
	end_of_client
	expect_equal "$status" 0
	expect_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/one.out")" last
	expect_equal "$(wc -l <"$BATS_TEST_TMPDIR/one.out")" 20001
	wait_for_pod_end
	expect_equal "$status" 7
}

@test "the end of stdin neither ends rkt attach nor reaches the app" {
	start_streams
	rkt_command
	"${RKT_COMMAND[@]}" attach "$POD" <<<'only line' >"$BATS_TEST_TMPDIR/one.out" 2>/dev/null 3>&- &
	CLIENT=$!
	CLIENTS+=" $CLIENT"
	wait_until printed one 'got only line'
	# Nothing but input is attached to: then it does, once all of it was passed on.
	seq 1 3000 | rkt attach --mode=stdin "$POD"
	wait_until printed one 'got 3000'
	expect_equal "$(grep -c ^got "$BATS_TEST_TMPDIR/one.out")" 3001
	kill -0 "$CLIENT"
	rkt attach --mode=stdin "$POD" <<<'end 4'
	end_of_client
	expect_equal "$status" 0
	wait_for_pod_end
	expect_equal "$status" 4
}

@test "a client that is killed leaves the app and the others alone" {
	start_streams
	start_client other
	for signal in KILL TERM HUP; do
		start_client "by-$signal"
		type_to "by-$signal" "$signal"
		wait_until printed "by-$signal" "got $signal"
		kill "-$signal" "$CLIENT"
		end_of_client
		expect_equal "$status" $((128 + $(kill -l "$signal")))
	done
	wait_until attached_are 1
	type_to other more
	wait_until printed other 'got more'
	expect_equal "$(cat "$BATS_TEST_TMPDIR/other.out")" "$(printf 'got KILL\ngot TERM\ngot HUP\ngot more')"
}

@test "what nobody reads does not hold up the app, and the newest of it is kept" {
	start_streams 'dd if=/dev/zero bs=1000 count=20000 2>/dev/null; touch /printed; read -r line; echo end; exit 3'
	wait_until rkt enter "$POD" /bin/ls /printed
	start_client one
	type_to one go
	end_of_client
	expect_equal "$(tr -d '\0' <"$BATS_TEST_TMPDIR/one.out")" end
	local kept
	kept=$(stat -c %s "$BATS_TEST_TMPDIR/one.out")
	((kept >= 32 * 1024 && kept <= 65 * 1024))
	wait_for_pod_end
	expect_equal "$status" 3
}

@test "who attaches gets what was printed before, also between two who were attached, and once" {
	start_streams "echo early; echo trouble >&2; $ANSWER"
	start_client one
	wait_until printed one early
	wait_until grep -qx trouble "$BATS_TEST_TMPDIR/one.err"
	start_client two
	type_to two a
	wait_until printed two 'got a'
	refute_match "$(cat "$BATS_TEST_TMPDIR/two.out")" early
	type_to one b
	for CLIENT in $CLIENTS; do
		kill "$CLIENT"
		end_of_client
	done
	wait_until attached_are 0
	start_client three --mode=stdin
	type_to three c
	sleep 0.3
	start_client four --mode=stdout,stderr
	wait_until printed four 'got c'
	wait_until grep -qx 'error c' "$BATS_TEST_TMPDIR/four.err"
	refute_match "$(cat "$BATS_TEST_TMPDIR/four.out")" 'got a'
}

@test "a client that does not read is let go, and the others get everything" {
	start_streams 'read -r line; dd if=/dev/zero bs=1000 count=20000 2>/dev/null; exit 3'
	start_client stuck
	local stuck=$CLIENT
	start_client good
	kill -STOP "$stuck"
	type_to good go
	end_of_client
	expect_equal "$status" 0
	expect_equal "$(stat -c %s "$BATS_TEST_TMPDIR/good.out")" 20000000
	wait_for_pod_end
	expect_equal "$status" 3
	kill -CONT "$stuck"
	CLIENT=$stuck
	end_of_client
	expect_equal "$status" 254
	expect_match "$(cat "$BATS_TEST_TMPDIR/stuck.err")" '^attach: let go: what the app prints was not taken for too long'
}

@test "a client that reads slowly gets everything: the app waits for it" {
	local slow='import os, time
n = 0
while data := os.read(0, 65536):
    n += len(data)
    time.sleep(0.05)
print(n)'
	start_streams 'read -r line; dd if=/dev/zero bs=1000 count=6000 2>/dev/null'
	rkt_command
	{ echo go; sleep 1000 & echo $! >"$BATS_TEST_TMPDIR/sleep"; } 3>&- |
		"${RKT_COMMAND[@]}" attach "$POD" 2>/dev/null 3>&- | python3 -c "$slow" >"$BATS_TEST_TMPDIR/n" 3>&-
	kill "$(cat "$BATS_TEST_TMPDIR/sleep")"
	expect_equal "$(cat "$BATS_TEST_TMPDIR/n")" 6000000
	wait_for_pod_end
	expect_equal "$status" 0
}

@test "what the app does not read waits for it, and holds up neither its output nor others" {
	start_streams 'while [ ! -e /go ]; do echo tick; sleep 0.05; done; head -c 70000 | wc -c; sleep 1000'
	start_client one --mode=stdin
	local one=$CLIENT writer before
	before=$(bytes_read "$one")
	head -c 3000000 /dev/zero >"$BATS_TEST_TMPDIR/one.in" 3>&- &
	writer=$!
	wait_until has_read "$one" $((before + 75000))
	start_client two --mode=stdout
	wait_until printed two tick
	kill -KILL "$one" "$writer"
	rkt enter "$POD" /bin/touch /go
	# The one who has typed it is no more.
	wait_until printed two 70000
}

# bytes_read PID
bytes_read() {
	sed -n 's/^rchar: //p' "/proc/$1/io"
}

has_read() {
	[ "$(bytes_read "$1")" -ge "$2" ]
}

@test "an app that closes what one is attached to ends the session; other streams go on" {
	start_streams 'read -r line; exec <&- >&-; echo still here >&2; sleep 1000'
	start_client out --mode=stdin,stdout
	local out=$CLIENT
	start_client both
	type_to both go
	CLIENT=$out
	end_of_client
	expect_equal "$status" 0
	wait_until grep -qx 'still here' "$BATS_TEST_TMPDIR/both.err"
	# Nobody reads it any more.
	type_to both nothing
	expect_equal "$(n_attached)" 1
}

@test "modes null, log and stream are chosen for each stream" {
	start_app 'readlink /proc/self/fd/0 >&2; sleep 1000' --stdin=null --stdout=stream --stderr=log
	wait_until grep -q '/dev/null$' "$BATS_TEST_TMPDIR/pod.out"
	expect_equal "$(rkt logs "$POD" 2>&1)" /dev/null
	expect_equal "$(rkt cat-manifest "$POD" | jq -c '.apps[0].annotations')" \
		'[{"name":"coreos.com/rkt/stage2/stdin","value":"null"},{"name":"coreos.com/rkt/stage2/stdout","value":"stream"},{"name":"coreos.com/rkt/stage2/stderr","value":"log"}]'
	pod "$BUSYBOX" --stdout=null --stderr=log --exec=/bin/sh -- -c 'exec 3>&1; readlink /proc/self/fd/3 >&2; echo lost'
	expect_equal "$output" /dev/null
}

# --- terminals -------------------------------------------------------------------------------------

start_terminal() {
	start_app "$1" --stdin=tty --stdout=tty --stderr=tty "${@:2}"
}

@test "mode tty gives the app a terminal of its own, with job control and the client's size" {
	start_terminal 'exec /bin/sh -i'
	rkt_command
	at_terminal 'type tty; stty size; echo $TERM; jobs; sleep 1000 &\r
wait 33 77
type jobs; ps -o pid,tty,args >/dev/null; stat -c %t /dev/tty; kill %1; echo "done"-$((1+1))\r
wait done-2
type exit 5\r' "${RKT_COMMAND[@]}" attach "$POD"
	expect_status 0
	expect_match "$output" '/dev/pts/[0-9]+'
	expect_match "$output" '33 77'
	expect_match "$output" 'vt220'
	expect_match "$output" 'Running +sleep 1000'
	refute_match "$output" "can't access tty"
	expect_match "$output" 'status 0'
	wait_for_pod_end
	expect_equal "$status" 5
	expect_equal "$(cat "$BATS_TEST_TMPDIR/pod.out")" ''
}

@test "a new size of the client's window reaches the app" {
	start_terminal 'trap "echo size \$(stty size)" WINCH; echo up; while :; do sleep 0.05; done'
	rkt_command
	at_terminal 'wait size 33 77
size 40 100
wait size 40 100
type \x1d\x1d\x1d' "${RKT_COMMAND[@]}" attach "$POD"
	expect_status 0
	expect_match "$output" 'status 0'
	pod_has_state "$POD" running
}

@test "keys go to the app, the terminal is raw meanwhile, and three times ^] leads out" {
	start_terminal 'trap "echo interrupted" INT; while :; do read -r line && echo "line $line"; done'
	rkt_command
	at_terminal 'type one\r
wait line one
modes
type \x03
wait interrupted
type two\r
wait line two
type \x1d\x1d\x1d
wait END' sh -c '"$@"; echo "rkt ended with $?"; stty -a | grep -o " icanon" && echo END' sh "${RKT_COMMAND[@]}" attach "$POD"
	expect_status 0
	expect_match "$output" $'raw\n'
	expect_match "$output" $'line two\n\nrkt ended with 0'
	expect_match "$output" ' icanon'
	pod_has_state "$POD" running
	wait_until attached_are 0
}

@test "a signal gives the terminal back and leaves the app running" {
	start_terminal 'while read -r line; do echo "line $line"; done'
	rkt_command
	at_terminal 'type one\r
wait line one
modes
signal TERM
wait END' bash -mc '"$@"; echo "rkt ended with $?"; stty -a | grep -o " icanon" && echo END' sh "${RKT_COMMAND[@]}" attach "$POD"
	expect_status 0
	expect_match "$output" $'raw\n'
	expect_match "$output" 'rkt ended with 143'
	expect_match "$output" ' icanon'
	pod_has_state "$POD" running
}

@test "several terminals see the same, and who only watches neither types nor sets the size" {
	start_terminal 'trap "echo interrupted" INT; while :; do echo "size $(stty size) end"; sleep 0.05; done'
	start_client watcher --mode=tty-out
	rkt_command
	at_terminal 'wait size 33 77 end
type \x1d\x1d\x1d' "${RKT_COMMAND[@]}" attach "$POD"
	expect_status 0
	wait_until grep -q 'size 33 77 end' "$BATS_TEST_TMPDIR/watcher.out"
	at_terminal 'size 10 20
wait end
modes
wait end
wait end
type \x03' "${RKT_COMMAND[@]}" attach --mode=tty-out "$POD"
	expect_status 0
	expect_match "$output" $'cooked\n'
	expect_match "$output" 'size 33 77 end'
	refute_match "$output" 'size 10 20'
	expect_match "$output" 'status -2'
	run grep -q interrupted "$BATS_TEST_TMPDIR/watcher.out"
	expect_status 1
}

@test "a terminal belongs to the app's user, and works in a pod with users of its own" {
	local flags
	for flags in '' '--private-users --no-overlay'; do
		# shellcheck disable=SC2086
		start_terminal 'read -r line; stat -c %u:%g "$(tty)"; echo opened >"$(tty)"; sleep 1000' $flags --user=1000 --group=1000
		start_client "one$flags"
		type_to "one$flags" go
		wait_until grep -q opened "$BATS_TEST_TMPDIR/one$flags.out"
		grep -q 1000:5 "$BATS_TEST_TMPDIR/one$flags.out"
		kill -TERM "$POD_PID"
		wait_for_pod_end
	done
}

@test "the last words on a terminal arrive, and its end is the session's" {
	start_terminal 'read -r line; i=0; while [ $i -lt 500 ]; do echo "line $i of many"; i=$((i+1)); done; echo last; exit 9'
	start_client one
	type_to one go
	end_of_client
	expect_equal "$status" 0
	expect_equal "$(tr -d '\r' <"$BATS_TEST_TMPDIR/one.out" | tail -n 1)" last
	expect_equal "$(grep -c 'of many' "$BATS_TEST_TMPDIR/one.out")" 500
	wait_for_pod_end
	expect_equal "$status" 9
}

@test "what a terminal prints while nobody is attached does not hold up the app" {
	run rkt run --net=none "$BUSYBOX" --exec=/bin/sh --stdin=tty --stdout=tty --stderr=tty -- -c 'dd if=/dev/zero bs=1000 count=3000 2>/dev/null; exit 3'
	expect_status 3
}

# --- what there is to attach to ------------------------------------------------------------------------

@test "mode list prints the endpoints as JSON, indented by four blanks" {
	start_streams
	local directory=$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/iottymux/busybox
	rkt attach --mode=list "$POD" >"$BATS_TEST_TMPDIR/list"
	expect_equal "$(jq -c . "$BATS_TEST_TMPDIR/list")" \
		"{\"version\":1,\"targets\":[{\"name\":\"stdin\",\"domain\":\"unix\",\"address\":\"$directory/sock-stdin\"},{\"name\":\"stdout\",\"domain\":\"unix\",\"address\":\"$directory/sock-stdout\"},{\"name\":\"stderr\",\"domain\":\"unix\",\"address\":\"$directory/sock-stderr\"}]}"
	# No newline at its end.
	printf '%s' "$(jq --indent 4 . "$BATS_TEST_TMPDIR/list")" | cmp - "$BATS_TEST_TMPDIR/list"
	kill -TERM "$POD_PID"
	wait_for_pod_end
	start_terminal 'sleep 1000'
	expect_equal "$(rkt attach --mode=list "$POD" | jq -r '.targets[].name')" tty
}

# endpoint NAME: where the endpoints document says that it is.
endpoint() {
	rkt attach --mode=list "$POD" | jq -r --arg name "$1" '.targets[] | select(.name == $name).address'
}

# plain ENDPOINT PROGRAM ARGUMENTS...: Python, with s connected there.
plain() {
	timeout 60 python3 -c 'import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
def connect(name="sock-" + sys.argv[1].rpartition("-")[2]):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(20)
    s.connect(name)
    return s
def until(s, end):
    got = b""
    while not got.endswith(end):
        part = s.recv(65536)
        assert part, got
        got += part
    return got
s = connect()
'"$2" "$1" "${@:3}"
}

@test "what the endpoints document names are sockets of plain bytes: all who are there get what the app prints" {
	start_streams
	local directory
	directory=$(dirname "$(endpoint stdin)")
	expect_equal "$(stat -c %a "$directory" "$directory"/*)" $'700\n600\n600\n600'
	start_client framed
	plain "$(endpoint stdin)" '
out, other, err = connect("sock-stdout"), connect("sock-stdout"), connect("sock-stderr")
s.sendall(b"one\nt")
assert until(out, b"\n") == until(other, b"\n") == b"got one\n"
assert until(err, b"\n") == b"error one\n"
# Who is gone has typed what he has typed; who has no more to type still sees.
s.sendall(b"wo\n")
s.close()
other.shutdown(socket.SHUT_WR)
assert until(out, b"\n") == until(other, b"\n") == b"got two\n"
# Nobody hears what comes to where one only reads, and it ends nothing.
out.sendall(b"end 1\n" * 1000)
s = connect()
s.sendall(b"three\n")
assert until(out, b"\n") == until(other, b"\n") == b"got three\n"
'
	wait_until printed framed 'got three'
	wait_until attached_are 1
	type_to framed end
	end_of_client
	expect_status 0
	wait_for_pod_end
}

@test "what was printed before anybody connects is there for the first, and the end of the app is the connection's" {
	start_streams 'echo early; read -r line; echo "got $line"'
	plain "$(endpoint stdout)" '
assert until(s, b"\n") == b"early\n"
typist = connect("sock-stdin")
typist.sendall(b"late\n")
assert until(s, b"\n") == b"got late\n"
assert s.recv(100) == b"" and typist.recv(100) == b""
'
	wait_for_pod_end
}

@test "a plain client that does not read is let go, and one that reads slowly gets everything" {
	start_streams 'read -r line; seq 300000; read -r line'
	plain "$(endpoint stdin)" '
import time
lazy, slow = connect("sock-stdout"), connect("sock-stdout")
s.sendall(b"go\n")
got = b""
while not got.endswith(b"\n300000\n"):
    got += slow.recv(4000)
    if len(got) % 50 == 0: time.sleep(0.01)
assert got == b"".join(b"%d\n" % i for i in range(1, 300001))
rest = b""
while True:
    part = lazy.recv(65536)
    if not part: break
    rest += part
assert got.startswith(rest) and len(rest) < len(got)
s.sendall(b"\n")
'
	wait_for_pod_end
}

@test "whoever has connected gets what the app answers to one who connected later" {
	start_streams
	plain "$(endpoint stdin)" '
import signal
supervisor = int(sys.argv[2])
for i in range(50):
    os.kill(supervisor, signal.SIGSTOP)
    all = [connect("sock-stdout") for i in range(8)]
    s.sendall(b"x\n")
    os.kill(supervisor, signal.SIGCONT)
    assert {until(out, b"\n") for out in all} == {b"got x\n"}
    for out in all: out.close()
' "$POD_PID"
	kill -TERM "$POD_PID"
	wait_for_pod_end
}

@test "bytes out of band are bytes like others" {
	start_streams 'exec cat'
	plain "$(endpoint stdin)" '
out = connect("sock-stdout")
try:
    s.send(b"one", socket.MSG_OOB)
except OSError:
    sys.exit() # A kernel without them.
assert until(out, b"e") == b"one"
s.sendall(b"two ")
s.send(b"three", socket.MSG_OOB)
s.sendall(b" four.")
assert until(out, b".") == b"two three four."
'
	kill -TERM "$POD_PID"
	wait_for_pod_end
}

@test "the endpoint of a terminal is one for both directions" {
	start_terminal 'read -r line; echo "got $line"; sleep 1000'
	plain "$(endpoint tty)" '
s.sendall(b"hello\r")
assert until(s, b"got hello\r\n") == b"hello\r\ngot hello\r\n"
'
	kill -TERM "$POD_PID"
	wait_for_pod_end
}

@test "an app of a mutable pod has its sockets each time that it is started, and none when it was removed" {
	start_pod_command app sandbox
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sh --stdout=stream --stdin=stream -- -c 'echo hello; read -r x'
	local directory=$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/iottymux/web i
	for i in 1 2; do
		rkt app start "$POD" --app=web
		plain "$directory/sock-stdout" '
assert until(s, b"\n") == b"hello\n"
connect("sock-stdin").sendall(b"bye\n")
assert s.recv(100) == b""
'
		wait_until app_has_ended
		run plain "$directory/sock-stdout" ''
		expect_match "$output" ConnectionRefusedError
	done
	rkt app rm "$POD" --app=web
	[ ! -e "$directory" ]
	rkt stop "$POD"
	wait_for_pod_end
}

@test "who connects while the app ends is no listener of the next app" {
	start_pod_command app sandbox
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sleep --stdout=stream -- 1000
	rkt app add "$POD" "$BUSYBOX" --name=next --exec=/bin/sh --stdout=stream -- -c 'echo secret; sleep 1000'
	rkt app start "$POD" --app=web
	# The supervisor hears of both at once.
	kill -STOP "$POD_PID"
	plain "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/iottymux/web/sock-stdout" '
import signal, time
app, supervisor = int(sys.argv[2]), int(sys.argv[3])
os.kill(app, signal.SIGKILL)
while os.path.exists("/proc/%d/root/bin" % app): time.sleep(0.01)
time.sleep(0.2)
os.kill(supervisor, signal.SIGCONT)
assert s.recv(100) == b""
' "$(first_app)" "$POD_PID"
	wait_until app_has_ended
	rkt app start "$POD" --app=next
	expect_equal "$(n_attached)" 0
	rkt stop "$POD"
	wait_for_pod_end
}

@test "apps have their sockets where few descriptors are allowed, and keep that limit" {
	local i args=()
	for i in 1 2 3 4 5 6 7 8 9 10; do
		args+=("$BUSYBOX" --name="app$i" --exec=/bin/sh --stdin=stream --stdout=stream --stderr=stream
			-- -c 'ulimit -n; ulimit -n >&2; read -r line' ---)
	done
	ulimit -Sn 90
	start_pod "${args[@]::${#args[@]}-1}"
	expect_equal "$(cat "$BATS_TEST_TMPDIR/pod.err")" "networking: networking namespace with loopback only"
	plain "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/iottymux/app10/sock-stderr" '
assert until(s, b"\n") == b"90\n"
'
	kill -TERM "$POD_PID"
	wait_for_pod_end
}

app_has_ended() {
	rkt app status "$POD" --app=web | grep -q state=exited
}

attach_fails() {
	# shellcheck disable=SC2086
	run --separate-stderr rkt attach $1 "$POD"
	expect_status 254
	expect_equal "$output" ''
	expect_match "$stderr" "$2"
}

@test "what one cannot attach to is refused" {
	start_pod "$BUSYBOX" --name=one --exec=/bin/sleep --stdout=stream -- 1000 --- "$BUSYBOX" --name=logs --exec=/bin/sleep -- 1000 --- \
		"$BUSYBOX" --name=short --exec=/bin/true --stdout=stream
	attach_fails '' 'attach: unable to determine app name: specify app using "rkt attach --app= ..."'
	attach_fails --app=three 'attach: no app "three" in the pod'
	attach_fails '--app=one --mode=stdin' 'attach: app one has no stdin to attach to: its stdin is null, stdout stream, stderr log'
	attach_fails '--app=one --mode=tty' 'attach: app one has no tty-in to attach to'
	attach_fails --app=logs 'attach: app logs has nothing to attach to: its stdin is null, stdout log, stderr log \(start it with'
	attach_fails '--app=logs --mode=list' 'attach: app logs has nothing to attach to'
	attach_fails '--app=one --mode=standard' 'invalid argument "standard" for --mode: unknown endpoint "standard"'
	attach_fails '--app=one --mode=stdin,,stdout' 'unknown endpoint ""'
	attach_fails '--app=one --mode=auto,stdin' 'unknown endpoint "auto"'
	attach_fails '--app=one --mode=stdin,tty-out' 'a terminal and streams cannot be mixed'
	wait_until app_has_ended short
	attach_fails --app=short 'attach: app short does not run'
	rkt attach --mode=list --app=one "${POD:0:8}" >/dev/null
	kill -TERM "$POD_PID"
	wait_for_pod_end
	attach_fails --app=one "attach: pod \"$POD\" isn't currently running"
}

app_has_ended() {
	[ -e "$RKT_DATA/pods/run/$POD/stage1/rootfs/rkt/status/$1" ]
}

@test "attach is for root, and takes a pod's name; the variable that rkt needed is accepted" {
	start_pod --pod-name=shell "$BUSYBOX" --exec=/bin/sh --stdin=stream --stdout=stream -- -c "$ANSWER"
	RKT_EXPERIMENT_ATTACH=true rkt attach --mode=list shell >/dev/null
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$RKT" attach shell
	expect_status 254
	expect_equal "$stderr" 'attach: cannot run as unprivileged user'
	local socket=$RKT_DATA/pods/run/$POD/control
	expect_equal "$(stat -c '%a %u %F' "$socket")" '600 0 socket'
	# Even where the way there is open.
	cd "$RKT_DATA/pods/run/$POD"
	run setpriv --reuid=65534 --regid=65534 --clear-groups python3 -c \
		'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect("control")'
	expect_match "$output" 'PermissionError'
}

@test "a pod with nothing to attach to has no control socket" {
	start_sleeper
	[ ! -e "$RKT_DATA/pods/run/$POD/control" ]
	attach_fails '' 'has nothing to attach to'
}

@test "modes that do not go together are refused before anything is made" {
	local pods
	pods=$(ls "$RKT_DATA"/pods/*)
	run --separate-stderr rkt run --net=none "$BUSYBOX" --stdin=log
	expect_status 254
	expect_match "$stderr" 'invalid argument "log" for --stdin: invalid stdin mode "log": must be one of null, stream and tty'
	run --separate-stderr rkt prepare "$BUSYBOX" --stdin=tty --stdout=stream
	expect_status 254
	expect_match "$stderr" 'invalid argument "stream" for --stdout: stdin mode "tty" does not go together with stdout mode "stream"'
	run --separate-stderr rkt run --net=none --interactive "$BUSYBOX" --stdin=tty
	expect_status 254
	expect_match "$stderr" '--stdin=tty does not go together with --interactive'
	run --separate-stderr rkt run --net=none --stdin=tty "$BUSYBOX"
	expect_status 254
	expect_equal "$(ls "$RKT_DATA"/pods/*)" "$pods"
}

@test "a prepared pod keeps the modes of its apps" {
	prepare_pod "$BUSYBOX" --exec=/bin/sh --stdin=stream --stdout=stream -- -c "$ANSWER"
	run --separate-stderr rkt run-prepared --net=none --interactive "$POD"
	expect_status 254
	expect_match "$stderr" 'app "busybox" has stdin mode "stream", which does not go together with --interactive'
	rkt_command
	"${RKT_COMMAND[@]}" run-prepared --net=none "$POD" >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until pod_has_state "$POD" running
	# Waits for the pod to be ready, too.
	start_client one
	type_to one hello
	wait_until printed one 'got hello'
	wait_until grep -q 'error hello' "$BATS_TEST_TMPDIR/pod.out"
}

@test "apps of a mutable pod have streams and terminals, each time that they are started" {
	local round
	start_pod_command app sandbox
	rkt app add "$POD" "$BUSYBOX" --name=streams --exec=/bin/sh --stdin=stream --stdout=stream -- -c "$ANSWER"
	rkt app add "$POD" "$BUSYBOX" --name=shell --exec=/bin/sh --stdin=tty --stdout=tty --stderr=tty -- -i
	attach_fails --app=streams 'attach: app streams does not run'
	rkt_command
	for round in 1 2 3; do
		rkt app start "$POD" --app=streams
		rkt app start "$POD" --app=shell
		start_client "round-$round" --app=streams
		type_to "round-$round" "$round"
		wait_until printed "round-$round" "got $round"
		wait_until grep -q "error $round" "$BATS_TEST_TMPDIR/pod.out"
		at_terminal 'type tty; stty size; echo x$((1+1))\r
wait x2
type exit\r' "${RKT_COMMAND[@]}" attach --app=shell "$POD"
		expect_status 0
		expect_match "$output" '/dev/pts/[0-9]+'
		expect_match "$output" '33 77'
		expect_match "$output" 'status 0'
		rkt app stop "$POD" --app=streams
		end_of_client
		expect_equal "$status" 0
	done
	# Nothing of all this stays in the supervisor.
	expect_equal "$(n_attached)" 0
	[ "$(find "/proc/$POD_PID/fd" -type l | wc -l)" -lt 14 ]
}

# start_pod_command VERB...: as start_pod, with another verb of rkt.
start_pod_command() {
	local id_file=$BATS_TEST_TMPDIR/uuid
	rkt_command
	"${RKT_COMMAND[@]}" "$@" --uuid-file-save="$id_file" --net=none >"$BATS_TEST_TMPDIR/pod.out" 2>"$BATS_TEST_TMPDIR/pod.err" 3>&- </dev/null &
	POD_PID=$!
	wait_until test -s "$id_file"
	POD=$(<"$id_file")
	rkt status --wait-ready=20s "$POD" >/dev/null
}

# --- attacks -----------------------------------------------------------------------------------------------

# Connects to the control socket of the pod; ask() sends a request and returns the answer.
CONTROL='import errno, os, socket, struct, sys, time
def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(20)
    s.connect("control")
    return s
def request(kind, app=b"busybox", endpoints=0, pid=1):
    return struct.pack("=IiII4s128s", kind, pid, 15, endpoints, b"", app)
def answer(s):
    data = s.recv(100)
    return struct.unpack("i", data)[0] if data else None
def ended(s):
    try:
        return s.recv(10) == b""
    except ConnectionResetError:
        return True
def ask(*a, **k):
    s = connect()
    s.send(request(*a, **k))
    return s, answer(s)
STARTED, STOP, ATTACH = 1, 2, 3
'

control() {
	(cd "$RKT_DATA/pods/run/$POD" && timeout 60 python3 -c "$CONTROL$1")
}

@test "garbage on the control socket harms neither the pod nor others" {
	start_streams
	start_client good
	control '
for data in b"x", b"", b"x" * 147, b"x" * 149, b"\xff" * 148, os.urandom(148), b"x" * 60000:
    s = connect()
    s.send(data)
    s.close()
# Apps do not come and go here.
assert ask(STARTED)[1] == -errno.EINVAL
assert ask(STOP)[1] == -errno.EINVAL
assert ask(ATTACH, app=b"busybox", endpoints=0)[1] == -errno.ENOENT
assert ask(ATTACH, app=b"busybox", endpoints=8)[1] == -errno.ENOENT
assert ask(ATTACH, app=b"other", endpoints=1)[1] == -errno.ESRCH
assert ask(ATTACH, app=b"x" * 128, endpoints=1)[1] == -errno.ESRCH
# Frames of all wrong kinds end a session.
for frame in b"", b"x", struct.pack("I", 0), struct.pack("I", 77) + b"x", struct.pack("I", 1), struct.pack("I", 1) + b"x" * 5, struct.pack("I", 0) + b"x" * 4097, b"x" * 60000:
    s, r = ask(ATTACH, endpoints=3)
    assert r == 0
    s.send(frame)
    assert ended(s), frame
# Who may not type does not.
s, r = ask(ATTACH, endpoints=2)
assert r == 0
s.send(struct.pack("I", 0) + b"end 1\n")
assert ended(s)
# Descriptors are nobody'"'"'s business.
s, r = ask(ATTACH, endpoints=3)
socket.send_fds(s, [struct.pack("I", 0) + b"with descriptors\n"], [0, 1, 2])
s, r = ask(ATTACH, endpoints=3)
s.send(struct.pack("I", 1) + struct.pack("HH", 65535, 65535))
'
	wait_until printed good 'got with descriptors'
	type_to good more
	wait_until printed good 'got more'
	wait_until attached_are 1
}

@test "more clients than there is room for are refused, and room comes back" {
	start_streams
	control '
held = []
while True:
    s, r = ask(ATTACH, endpoints=7)
    if r != 0:
        break
    held.append(s)
assert r == -errno.EAGAIN
assert len(held) == 32, len(held)
held[0].send(struct.pack("I", 0) + b"all\n")
for s in held:
    assert b"all" in s.recv(5000)
'
	start_client one
	type_to one hello
	wait_until printed one 'got hello'
}

@test "who is gone keeps a place for what he typed only until it is needed" {
	start_streams 'sleep 1000'
	control '
for i in range(80):
    s, r = ask(ATTACH, endpoints=1)
    assert r == 0, (i, r)
    s.setblocking(False)
    try:
        for k in range(100 if i == 0 else 2):
            s.send(struct.pack("I", 0) + b"x" * 4000)
    except BlockingIOError:
        pass
    s.close()
'
}

@test "clients that come and go at any instant leave nothing behind" {
	local i n_open
	start_streams 'while read -r line; do echo "$line"; done'
	start_client good
	n_open=$(find "/proc/$POD_PID/fd" -type l | wc -l)
	rkt_command
	for i in {1..40}; do
		seq 1 2000 | "${RKT_COMMAND[@]}" attach "$POD" >/dev/null 2>&1 3>&- &
		sleep "0.0$((RANDOM % 10))"
		kill -KILL $! 2>/dev/null || true
		wait $! || true
	done 2>/dev/null
	wait_until attached_are 1
	type_to good 'still here'
	wait_until printed good 'still here'
	expect_equal "$(find "/proc/$POD_PID/fd" -type l | wc -l)" "$n_open"
}

@test "a client that cannot write what the app prints says so, and the app goes on" {
	start_app 'echo before; exec sleep 1000' --stdout=stream --stderr=stream
	rkt_command
	run --separate-stderr bash -c 'exec "$@" >/dev/full' bash "${RKT_COMMAND[@]}" attach "$POD" </dev/null
	expect_status 254
	expect_equal "$stderr" 'attach: cannot write the output: no space left on device'
	expect_equal "$(jq -r .state <<<"$(rkt status --format=json "$POD")")" running
}

@test "a client whose connection ends with the pod says so" {
	start_streams
	start_client one
	kill -KILL "$POD_PID"
	end_of_client
	expect_equal "$status" 254
	expect_match "$(cat "$BATS_TEST_TMPDIR/one.err")" 'attach: the connection is lost: the pod was killed'
	wait_for_pod_end
}

@test "the stage1 manifest names the entry point attach, and it is there" {
	local dir=$BUILD/libexec/stage1-native
	jq -er '.annotations[] | select(.name == "coreos.com/rkt/stage1/attach") | .value' "$dir/manifest" >"$BATS_TEST_TMPDIR/path"
	[ -x "$dir$(<"$BATS_TEST_TMPDIR/path")" ]
}

# log_lines FILE: the lines of Kubernetes' log mode without their times, each of which is checked.
log_lines() {
	[ "$(grep -cvE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z (stdout|stderr) ' "$1")" = 0 ]
	cut -d ' ' -f 2- "$1"
}

log_has() {
	log_lines "$1" | grep -Fqx -- "$2"
}

KUBERNETES=coreos.com/rkt/experiment

@test "log mode k8s-plain: the lines of streams go to the file that annotations name, and to who attaches" {
	local logs=$BATS_TEST_TMPDIR/logs
	mkdir "$logs"
	echo old >"$logs/web_0.log"
	start_pod_command app sandbox --annotation=$KUBERNETES/logmode=k8s-plain --annotation=$KUBERNETES/kubernetes-log-dir="$logs"
	rkt app add "$POD" "$BUSYBOX" --name=web --exec=/bin/sh --annotation=$KUBERNETES/kubernetes-log-path=web_0.log \
		--stdin=stream --stdout=stream --stderr=stream -- -c 'echo "one  two"; echo three >&2; printf "four"; read line; printf " $line\nend"'
	rkt app start "$POD" --app=web
	wait_until log_has "$logs/web_0.log" 'stderr three'
	log_has "$logs/web_0.log" 'stdout one  two'
	! grep -q old "$logs/web_0.log"
	start_client one --app=web
	wait_until printed one 'one  two'
	type_to one five
	end_of_client
	expect_equal "$status" 0
	wait_until log_has "$logs/web_0.log" 'stdout end'
	expect_equal "$(log_lines "$logs/web_0.log" | sort)" "$(printf '%s\n' 'stderr three' 'stdout end' 'stdout four five' 'stdout one  two')"
	expect_equal "$(find "/proc/$POD_PID/fd" -lname "$logs/*")" ''
	expect_equal "$(<"$BATS_TEST_TMPDIR/pod.out")" ''
	# Each start begins anew, and a line without end is not kept for ever.
	rkt app start "$POD" --app=web
	wait_until log_has "$logs/web_0.log" 'stdout one  two'
	expect_equal "$(log_lines "$logs/web_0.log" | grep -c end)" 0
	# Whoever rotates it by emptying it gets no hole in front of what comes then.
	wait_until log_has "$logs/web_0.log" 'stderr three'
	: >"$logs/web_0.log"
	start_client two --app=web
	wait_until printed two 'one  two'
	type_to two six
	end_of_client
	wait_until log_has "$logs/web_0.log" 'stdout end'
	expect_equal "$(log_lines "$logs/web_0.log")" $'stdout four six\nstdout end'
}

@test "log mode k8s-plain: a pod that is run at once has it by its manifest" {
	local logs=$BATS_TEST_TMPDIR/logs
	mkdir "$logs"
	prepare_pod "$BUSYBOX" --stdout=stream --exec=/bin/sh -- -c 'echo out; echo err >&2; head -c 5000 /dev/zero | tr "\0" x'
	rkt cat-manifest "$POD" | jq --arg dir "$logs" --arg k $KUBERNETES '.annotations += [{name: ($k + "/logmode"), value: "k8s-plain"},
		{name: ($k + "/kubernetes-log-dir"), value: $dir}] | .apps[0].annotations += [{name: ($k + "/kubernetes-log-path"), value: "a"}]' >"$BATS_TEST_TMPDIR/manifest"
	rkt run --net=none --pod-manifest="$BATS_TEST_TMPDIR/manifest" >"$BATS_TEST_TMPDIR/out"
	# stderr is in mode log: it is where such lines are. A line that is too long is several.
	expect_match "$(<"$BATS_TEST_TMPDIR/out")" 'busybox\[[0-9]+\]: err$'
	expect_equal "$(log_lines "$logs/a" | head -n 1)" 'stdout out'
	expect_equal "$(log_lines "$logs/a" | tail -n +2 | cut -d ' ' -f 2 | tr -d '\n' | wc -c)" 5000
}

@test "log mode k8s-plain: what is wrong with it is said before the app starts" {
	local logs=$BATS_TEST_TMPDIR/logs
	mkdir "$logs"
	run --separate-stderr rkt app sandbox --net=none --annotation=$KUBERNETES/logmode=k8s --annotation=$KUBERNETES/kubernetes-log-dir="$logs"
	expect_status 1
	expect_match "$stderr" 'annotation ".*/logmode" must be "k8s-plain"'
	run --separate-stderr rkt app sandbox --net=none --annotation=$KUBERNETES/logmode=k8s-plain
	expect_status 1
	expect_match "$stderr" 'annotation ".*/kubernetes-log-dir" must be a directory of the host, as an absolute path'
	start_pod_command app sandbox --annotation=$KUBERNETES/logmode=k8s-plain --annotation=$KUBERNETES/kubernetes-log-dir="$logs"
	run --separate-stderr rkt app add "$POD" "$BUSYBOX" --stdout=stream
	expect_status 254
	expect_match "$stderr" 'app "busybox": annotation ".*/kubernetes-log-path" needs to be specified when k8s-plain logging mode is used'
	for path in .. ../out a/b ''; do
		run --separate-stderr rkt app add "$POD" "$BUSYBOX" --stdout=stream --annotation=$KUBERNETES/kubernetes-log-path=$path
		expect_status 254
		expect_match "$stderr" 'must be the name of a file'
	done
	# Another mode has no need of it.
	rkt app add "$POD" "$BUSYBOX" --name=other --exec=/bin/true
	rkt app start "$POD" --app=other
	# Nothing but a file is written to.
	ln -s /etc/passwd "$logs/link"
	mkfifo "$logs/fifo"
	for path in link fifo; do
		rkt app add "$POD" "$BUSYBOX" --name=$path --stdout=stream --annotation=$KUBERNETES/kubernetes-log-path=$path --exec=/bin/true
		run --separate-stderr rkt app start "$POD" --app=$path
		[ "$status" -ne 0 ]
		expect_match "$stderr" "cannot open $logs/$path"
	done
}
