#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pods with a user namespace: who its users are inside and on the host, what they may do, and that the
# image is neither copied nor changed for it.

load lib.bash

setup_file() {
	common_setup_file
	make_suid_image
}

teardown() {
	common_teardown
}

# An image with a program that says who it acts as: setuid, and with a capability of the file.
make_suid_image() {
	local root=$BATS_FILE_TMPDIR/suid-root
	cp -a "$FIXTURES/rootfs" "$root"
	musl-gcc -static -o "$root/bin/whoami-now" -xc - <<-'C'
		#include <stdio.h>
		#include <string.h>
		#include <unistd.h>
		int main(void)
		{
			char line[256];
			FILE *f = fopen("/proc/self/status", "r");
			printf("uid %d euid %d\n", getuid(), geteuid());
			while (f && fgets(line, sizeof line, f))
				if (strncmp(line, "CapPrm", 6) == 0)
					fputs(line, stdout);
			return 0;
		}
	C
	cp "$root/bin/whoami-now" "$root/bin/with-capability"
	chmod 4755 "$root/bin/whoami-now"
	setcap cap_net_bind_service=ep "$root/bin/with-capability"
	umoci init --layout "$BATS_FILE_TMPDIR/suid"
	umoci new --image "$BATS_FILE_TMPDIR/suid:latest"
	umoci insert --image "$BATS_FILE_TMPDIR/suid:latest" "$root" /
	umoci config --image "$BATS_FILE_TMPDIR/suid:latest" --config.entrypoint /bin/true
	rkt --insecure-options=image fetch "oci:$BATS_FILE_TMPDIR/suid" >/dev/null
}

# The directory of $POD, or of the pod that ran last.
pod_dir() {
	ls -dt "$RKT_DATA/pods/run/"${POD:-*} | head -n 1
}

# The first number of the pod's range on the host.
first_id() {
	local range
	range=$(<"$(pod_dir)/private-users-prepared")
	echo "${range%%:*}"
}

# Host pids of the running pod: of its first process and of its first app.
first_process() {
	tr -d ' ' <"/proc/$POD_PID/task/$POD_PID/children"
}
app_process() {
	awk '{print $1}' "/proc/$(first_process)/task/$(first_process)/children"
}

# owner PATH: uid:gid on the host.
owner() {
	stat -c %u:%g "$1"
}

# --- who is who ----------------------------------------------------------------------------------

@test "an app in a user namespace is root of 65536 users, which begin at a multiple of 65536 on the host" {
	start_sleeper --private-users
	first=$(first_id)
	expect_equal "$(<"$(pod_dir)/private-users-prepared")" "$first:65536"
	expect_equal $((first % 65536)) 0
	[ "$first" -ge 65536 ]
	[ "$first" -le $((0x7FFF * 65536)) ]
	run --separate-stderr rkt enter "$POD" /bin/sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; id -G'
	expect_status 0
	expect_equal "$(tr -s ' ' <<<"${lines[0]}")" " 0 $first 65536"
	expect_equal "${lines[1]}" "${lines[0]}"
	expect_equal "${lines[2]}" 0
	expect_equal "${lines[3]}" 0
}

@test "on the host the app and the pod's first process are users of the range, in its user namespace" {
	start_pod --private-users "$BUSYBOX" --user=33 --group=44 --supplementary-gids=50 --exec=/bin/sleep -- 1000
	first=$(first_id)
	expect_equal "$(awk '/^Uid/ {print $2, $3, $4, $5}' "/proc/$(app_process)/status")" "$(printf "$((first + 33)) %.0s" 1 2 3 4 | sed 's/ $//')"
	expect_equal "$(awk '/^Gid/ {print $2}' "/proc/$(app_process)/status")" "$((first + 44))"
	expect_equal "$(awk '/^Groups/ {print $2}' "/proc/$(app_process)/status")" "$((first + 50))"
	expect_equal "$(awk '/^Uid/ {print $2, $3, $4, $5}' "/proc/$(first_process)/status")" "$first $first $first $first"
	expect_equal "$(readlink "/proc/$(first_process)/ns/user")" "$(readlink "/proc/$(app_process)/ns/user")"
	[ "$(readlink "/proc/$(app_process)/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

@test "the first process of a user namespace keeps no right but to end apps, and nobody looks into it" {
	start_sleeper --private-users
	expect_equal "$(awk '/^CapEff/ {print $2}' "/proc/$(first_process)/status")" 0000000000000020
	expect_equal "$(readlink "/proc/$(first_process)/fd/"* | grep -c /)" 0
	run --separate-stderr rkt enter "$POD" /bin/sh -c \
		'for f in root fd environ mem; do cat /proc/1/$f/. /proc/1/$f 2>/dev/null | grep -q . && echo "reads $f"; ls /proc/1/$f/ 2>/dev/null; done; echo end'
	expect_equal "$output" end
}

@test "a user by name and by the owner of a file in a user namespace" {
	pod --private-users "$BUSYBOX" --user=www --group=www --exec=/bin/id
	expect_status 0
	expect_equal "$output" "uid=33(www) gid=44(www)"
	pod --private-users "$BUSYBOX" --user=/home/www --group=/home/www --exec=/bin/id
	expect_equal "$output" "uid=33(www) gid=44(www)"
}

@test "users and groups that the namespace does not have are refused" {
	pod --private-users "$BUSYBOX" --user=65536 --group=7
	expect_status 254
	expect_match "$stderr" 'uid 65536 or gid 7 are out of range 65536'
	pod --private-users "$BUSYBOX" --user=7 --group=70000
	expect_match "$stderr" 'uid 7 or gid 70000 are out of range 65536'
	pod --private-users --volume=v,kind=empty,uid=65536 --mount=volume=v,target=/v "$BUSYBOX"
	expect_match "$stderr" 'volume "v": uid 65536 or gid 0 are out of range 65536'
	pod --private-users "$BUSYBOX" --user=65535 --group=65535 --exec=/bin/id -- -u
	expect_status 0
	expect_equal "$output" 65535
}

@test "each pod has users of its own, also those that are only prepared" {
	for _ in {1..5}; do
		rkt prepare --private-users "$BUSYBOX"
	done
	ranges=$(cat "$RKT_DATA"/pods/*/*/private-users-prepared | sed 's/:65536/&\n/g')
	expect_equal "$(grep -c . <<<"$ranges")" "$(grep . <<<"$ranges" | sort -u | wc -l)"
}

@test "a prepared pod runs with the users that it was prepared with, and leaves nothing" {
	prepare_pod --private-users "$BUSYBOX" --exec=/bin/sh -- -c 'touch /mine; cat /proc/self/uid_map'
	range=$(<"$RKT_DATA/pods/prepared/$POD/private-users-prepared")
	run --separate-stderr rkt run-prepared --net=none "$POD"
	plain_output
	expect_status 0
	expect_equal "$(tr -s ' ' <<<"$output")" " 0 ${range%:*} 65536"
	rkt rm "$POD"
	[ ! -e "$RKT_DATA/pods/run/$POD" ]
	[ ! -e "$RKT_DATA/pods/exited-garbage/$POD" ]
}

@test "a kernel without user namespaces is told in rkt's words" {
	rkt_command
	run unshare -m sh -c 'mount -t tmpfs tmpfs /proc && exec "$@"' sh "${RKT_COMMAND[@]}" run --private-users --net=none "$BUSYBOX"
	expect_status 254
	expect_match "$output" 'run: --private-users is not supported, kernel compiled without user namespace support'
}

# --- files -----------------------------------------------------------------------------------------

@test "files that the app writes are the range's on the host, and inside they are its own" {
	pod_sh 'echo x >/new; mkdir /dir; chown 33:44 /dir; echo y >>/etc/passwd; ls -ln / /etc | awk "/new|dir|passwd/ {print \$3, \$4, \$9}"' --private-users
	expect_status 0
	expect_equal "$(sort <<<"$output")" "$(printf '%s\n' '0 0 new' '0 0 passwd' '33 44 dir')"
	first=$(first_id)
	upper=$(pod_dir)/overlay/busybox.upper
	expect_equal "$(owner "$upper")" "$first:$first"
	expect_equal "$(owner "$upper/new")" "$first:$first"
	expect_equal "$(owner "$upper/dir")" "$((first + 33)):$((first + 44))"
	expect_equal "$(owner "$upper/etc/passwd")" "$first:$first"
}

@test "the image is neither copied nor changed for a user namespace" {
	# Of a view there are no files of the store to compare with.
	local -x RKT_LAYER_VIEW=tree
	new_data_dir "$BATS_TEST_TMPDIR"
	rkt --insecure-options=image fetch "$FIXTURES/busybox.aci" >/dev/null
	layer=$(echo "$RKT_DATA"/cas/tree/sha512-*/rootfs)
	[ -d "$layer" ]
	before=$(cd "$layer" && find . -printf '%p %u %g %m %i %T@ %s\n' | sort | sha256sum)
	pod_sh 'stat -c "%i %u" /bin/busybox; rm /bin/ls; chown -R 7:7 /home; echo changed >/etc/group; cat /var/data/file; stat -c %u:%g /home/www' --private-users
	expect_status 0
	expect_equal "${lines[0]}" "$(stat -c %i "$layer/bin/busybox") 0"
	expect_equal "${lines[1]}" seeded
	expect_equal "${lines[2]}" 7:7
	expect_equal "$(cd "$layer" && find . -printf '%p %u %g %m %i %T@ %s\n' | sort | sha256sum)" "$before"
	# Of the megabytes of the image there is nothing in the pod's directory.
	[ "$(du -s --apparent-size -k "$(pod_dir)" | cut -f1)" -lt 300 ]
}

@test "owners of the image's files are the same inside a user namespace" {
	pod_sh 'stat -c "%u:%g %n" /home/www /etc/passwd /bin/busybox /tmp; touch /home/www/x && ls -ln /home/www/x | cut -c1-10' --private-users --user=33 --group=44
	expect_status 0
	expect_equal "${lines[0]}" "33:44 /home/www"
	expect_equal "${lines[1]}" "0:0 /etc/passwd"
	expect_equal "${lines[3]}" "0:0 /tmp"
	expect_equal "${lines[4]}" "-rw-r--r--"
}

@test "empty volumes belong to the range, with their mode and owner as seen inside" {
	pod --private-users --volume=v,kind=empty,mode=0750,uid=33,gid=44 --mount=volume=v,target=/v "$BUSYBOX" \
		--exec=/bin/sh -- -c 'stat -c "%a %u:%g" /v; echo x >/v/file'
	expect_status 0
	expect_equal "$output" "750 33:44"
	first=$(first_id)
	expect_equal "$(owner "$(pod_dir)/sharedVolumes/v")" "$((first + 33)):$((first + 44))"
	expect_equal "$(owner "$(pod_dir)/sharedVolumes/v/file")" "$first:$first"
}

@test "what the app writes into a host volume is the range's, and root's files there are not its own" {
	mkdir -m 777 "$BATS_TEST_TMPDIR/host"
	echo secret >"$BATS_TEST_TMPDIR/host/secret"
	chmod 600 "$BATS_TEST_TMPDIR/host/secret"
	echo open >"$BATS_TEST_TMPDIR/host/open"
	pod --private-users --volume=v,kind=host,source="$BATS_TEST_TMPDIR/host" --mount=volume=v,target=/v "$BUSYBOX" \
		--exec=/bin/sh -- -c 'exec 2>/dev/null; cat /v/open; cat /v/secret; (echo x >/v/open); chown 0 /v/open; chmod 666 /v/secret; stat -c %u /v/open; echo new >/v/new'
	expect_status 0
	expect_equal "$output" "$(printf '%s\n' open 65534)"
	expect_equal "$(<"$BATS_TEST_TMPDIR/host/open")" open
	expect_equal "$(stat -c %a "$BATS_TEST_TMPDIR/host/secret")" 600
	expect_equal "$(owner "$BATS_TEST_TMPDIR/host/new")" "$(first_id):$(first_id)"
}

@test "root of the pod may change its /etc/hosts and write to its standard output by name" {
	pod_sh 'echo "10.0.0.1 x" >>/etc/hosts && grep -c 10.0.0.1 /etc/hosts; echo by-name >/dev/stdout; touch /dev/shm/x /dev/x /run/x && echo made' --private-users
	expect_status 0
	expect_equal "$output" "$(printf '%s\n' 1 by-name made)"
}

@test "setuid programs of the image act as the pod's root, capabilities of files count" {
	pod --private-users --insecure-options=image,seccomp "oci:$BATS_FILE_TMPDIR/suid" --user=33 --group=44 --exec=/bin/whoami-now
	expect_status 0
	expect_equal "${lines[0]}" "uid 33 euid 0"
	pod --private-users --insecure-options=image,seccomp "oci:$BATS_FILE_TMPDIR/suid" --user=33 --group=44 --exec=/bin/with-capability
	expect_equal "${lines[0]}" "uid 33 euid 33"
	expect_equal "$(tr -s ' \t' ' ' <<<"${lines[1]}")" "CapPrm: 0000000000000400"
}

# --- what else the pod has --------------------------------------------------------------------------

@test "several apps in one user namespace, each with its own root" {
	start_pod --private-users "$BUSYBOX" --name=one --exec=/bin/sleep -- 1000 --- "$BUSYBOX" --name=two --exec=/bin/sleep -- 1000
	for app in one two; do
		run --separate-stderr rkt enter --app=$app "$POD" /bin/sh -c "touch /of-$app; ls -d /of-*; cat /proc/self/uid_map; ls -ln /proc/self/uid_map >/dev/null && echo proc"
		expect_status 0
		expect_equal "${lines[0]}" "/of-$app"
		expect_equal "$(tr -s ' ' <<<"${lines[1]}")" " 0 $(first_id) 65536"
		expect_equal "${lines[2]}" proc
		expect_equal "$(owner "$(pod_dir)/overlay/$app.upper/of-$app")" "$(first_id):$(first_id)"
	done
}

@test "entering a user namespace gives no more than the app has" {
	start_pod --private-users "$BUSYBOX" --caps-retain=CAP_KILL --exec=/bin/sleep -- 1000
	run --separate-stderr rkt enter "$POD" /bin/sh -c 'grep -E "CapBnd|CapEff" /proc/self/status; readlink /proc/self/ns/user; pwd'
	expect_status 0
	expect_equal "$(awk '/Cap/ {print $2}' <<<"$output" | sort -u)" 0000000000000020
	expect_equal "${lines[2]}" "$(readlink "/proc/$(app_process)/ns/user")"
	expect_equal "${lines[3]}" /
}

@test "interactive gives an app in a user namespace a terminal" {
	rkt_command
	run script -qec "${RKT_COMMAND[*]} run --private-users --net=none --interactive $BUSYBOX --exec=/bin/sh -- -c 'tty; stat -c %u:%g \$(tty); echo over >/dev/tty; echo console >/dev/console; exit 6'" /dev/null
	expect_status 6
	expect_equal "$(tr -d '\r\0' <<<"$output" | grep -av networking | sed 's/^^@//')" "$(printf '%s\n' /dev/pts/0 0:5 over console)"
}

@test "devices in a user namespace: the closed set works, no other can be made" {
	pod_sh 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; mknod /tmp/mem c 1 1 2>&1; mknod /tmp/fifo p && echo fifo' --private-users
	expect_status 0
	expect_equal "$output" "$(printf '%s\n' 4 4 'mknod: /tmp/mem: Operation not permitted' fifo)"
}

@test "the network namespace belongs to the user namespace" {
	pod_sh 'ip link show lo; ping -c 1 -W 2 127.0.0.1 | grep -c "1 packets received"; ip addr add 192.0.2.1/24 dev lo && ip addr show lo | grep -c 192.0.2.1' \
		--private-users --caps-retain=CAP_NET_ADMIN,CAP_NET_RAW
	expect_status 0
	expect_match "${lines[0]}" 'LOOPBACK,UP'
	expect_equal "${lines[-2]}" 1
	expect_equal "${lines[-1]}" 1
}

@test "on the host's network the pod's root has no right over it" {
	run --separate-stderr rkt run --net=host --private-users "$BUSYBOX" --caps-retain=CAP_NET_ADMIN --exec=/bin/sh -- \
		-c 'ip addr add 192.0.2.1/24 dev lo 2>&1; readlink /proc/self/ns/net'
	plain_output
	expect_match "${lines[0]}" 'Operation not permitted'
	expect_equal "${lines[1]}" "$(readlink /proc/self/ns/net)"
}

@test "host name and out-of-memory score in a user namespace" {
	pod --private-users --hostname=inside "$BUSYBOX" --oom-score-adj=77 --exec=/bin/sh -- -c 'hostname; cat /etc/hostname /proc/self/oom_score_adj'
	expect_status 0
	expect_equal "$output" "$(printf '%s\n' inside inside 77)"
	pod --private-users "$BUSYBOX" --name=a --oom-score-adj=77 "$BUSYBOX" --name=b
	expect_status 254
	expect_match "$stderr" 'apps "a" and "b" have different out-of-memory scores'
}

@test "exit codes, read-only roots and stopping are the same in a user namespace" {
	pod_sh 'exit 7' --private-users
	expect_status 7
	pod_sh 'touch /x 2>&1; touch /dev/shm/x && echo shm' --private-users --readonly-rootfs=true
	expect_equal "$output" "$(printf '%s\n' 'touch: /x: Read-only file system' shm)"
	start_pod --private-users "$BUSYBOX" --exec=/bin/sh -- -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	rkt stop "$POD"
	wait_for_pod_end
	expect_status 143
}

@test "SIGKILL of run ends a pod with a user namespace" {
	start_sleeper --private-users
	namespace=$(readlink "/proc/$(app_process)/ns/user")
	kill -KILL "$POD_PID"
	wait_for_pod_end
	namespace_is_gone() { ! readlink /proc/[0-9]*/ns/user | grep -qF "$namespace"; }
	wait_until namespace_is_gone
	expect_equal "$(pod_state "$POD")" exited
	rkt rm "$POD"
	[ ! -e "$RKT_DATA/pods/exited-garbage/$POD" ]
}

@test "SIGKILL of run while a user namespace is being set up leaves no process behind" {
	rkt_command
	for _ in {1..15}; do
		pods=()
		for _ in {1..8}; do
			"${RKT_COMMAND[@]}" run --private-users --net=none "$BUSYBOX" --exec=/bin/sleep -- 1000 >/dev/null 2>&1 3>&- &
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

# --- no way out -------------------------------------------------------------------------------------

@test "every capability in a user namespace is none on the host" {
	pod_sh '
		umount /proc/sys 2>&1
		mount -o remount,rw /proc/sys 2>&1
		mount -t tmpfs tmpfs /tmp && echo "mounts in its own namespace"
		hostname other && hostname
		echo x 2>/dev/null >/proc/sys/kernel/core_pattern || echo "no core pattern"
		echo b 2>/dev/null >/proc/sysrq-trigger || echo "no sysrq"
		mknod /root/sda b 8 0 2>&1
		nsenter -t 1 -m -r true 2>/dev/null || echo "no way into the first process"
		chroot /proc/1/root true 2>/dev/null || echo "no root of it"
		mount -t proc proc /mnt 2>/dev/null || echo "no new proc"
		' --private-users --insecure-options=capabilities,seccomp,paths
	expect_status 0
	refute_match "$output" 'sysrq-triggered'
	expect_equal "$(grep -cE '^(umount|mount): ' <<<"$output")" 2
	for line in "mounts in its own namespace" other "no core pattern" "no sysrq" "mknod: /root/sda: Operation not permitted" \
		"no way into the first process" "no root of it" "no new proc"; do
		grep -qxF "$line" <<<"$output" || {
			echo "missing: $line in:"
			echo "$output"
			false
		}
	done
}

@test "what is masked and read-only cannot be taken away in a user namespace" {
	pod_sh 'umount /proc/kcore 2>&1; umount /sys/firmware 2>&1; umount /proc/sys 2>&1; mount -o remount,bind,rw /proc/sys 2>&1; ls /sys/firmware | wc -l' \
		--private-users --insecure-options=capabilities,seccomp
	expect_equal "$(grep -cE '^u?mount: ' <<<"$output")" 4
	expect_equal "${lines[-1]}" 0
}

@test "nothing that belongs to the host's root can be written in a user namespace" {
	pod_sh 'find / \( -path /proc -o -path /sys -o -path /dev/mqueue \) -prune -o -user 65534 ! -type l -print >/tmp/list; wc -l </tmp/list
		while read -r f; do
			if [ -d "$f" ]; then touch "$f/new"; else (: >>"$f"); fi 2>/dev/null && echo "$f"
		done </tmp/list; echo end' --private-users
	expect_status 0
	[ "${lines[0]}" -gt 0 ]
	expect_equal "${lines[1]}" end
}
