/* SPDX-License-Identifier: Apache-2.0 */

/* The floor of starting a pod: a bare program that makes the system calls which any engine has to
 * make for one isolated process, and does nothing else. No manifest, no validation, no logging, no
 * record of what happened. What "rkt run" needs beyond this is what the engine costs.
 *
 *	floor [--network] ROOTFS STATE PROGRAM [ARGUMENT...]
 *
 * With --network it has a pair of interfaces, addresses and routes, made while the root is built,
 * but no masquerading. ROOTFS is an unpacked image, STATE an existing directory in which it may
 * make directories. The exit status is the program's. Linked statically. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define CAPABILITIES 0xa80425fbull /* the default set of a pod */

/* Everything here has to succeed: a floor that skips a step would be no measure. */
static void need(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	_exit(125);
}

/* --- the cgroup: one in the v2 hierarchy, entered at birth. Devices are filtered by an eBPF
 * program, also on hybrid hosts: moving a process into a v1 cgroup waits for an RCU grace period.
 * The program stands in a parent that all starts share, and is loaded by the first of them --- */

typedef struct Cgroup {
	char path[128];
	int fd, parent;
} Cgroup;

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	need(fd >= 0, path);
	return fd;
}

static void make_cgroup(Cgroup *c)
{
	bool pure = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0;
	int n;

	n = snprintf(c->path, sizeof(c->path), "/sys/fs/cgroup%s/floor", pure ? "" : "/unified");
	need(mkdir(c->path, 0755) == 0 || errno == EEXIST, c->path);
	c->parent = open_directory(c->path);
	snprintf(c->path + n, sizeof(c->path) - (size_t)n, "/%d", (int)getpid());
	need(mkdir(c->path, 0755) == 0, c->path);
	c->fd = open_directory(c->path);
}

static int bpf_call(int command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

/* Allows the harmless character devices, with any minor number where that is -1. */
static size_t build_device_program(struct bpf_insn *code)
{
	static const struct {
		int major, minor;
	} rules[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {136, -1},
		{10, 200}};
	size_t n = 0;

	code[n++] = (struct bpf_insn){BPF_LDX | BPF_MEM | BPF_W, BPF_REG_3, BPF_REG_1,
		offsetof(struct bpf_cgroup_dev_ctx, major), 0};
	code[n++] = (struct bpf_insn){BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1,
		offsetof(struct bpf_cgroup_dev_ctx, minor), 0};
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		bool any = rules[i].minor < 0;

		code[n++] = (struct bpf_insn){
			BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, any ? 2 : 3, rules[i].major};
		if (!any)
			code[n++] = (struct bpf_insn){
				BPF_JMP | BPF_JNE | BPF_K, BPF_REG_4, 0, 2, rules[i].minor};
		code[n++] = (struct bpf_insn){BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1};
		code[n++] = (struct bpf_insn){BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
	}
	code[n++] = (struct bpf_insn){BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0};
	code[n++] = (struct bpf_insn){BPF_JMP | BPF_EXIT, 0, 0, 0, 0};
	return n;
}

static void filter_devices(const Cgroup *c)
{
	struct bpf_insn code[64];
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = (uint32_t)build_device_program(code),
		.insns = (uint64_t)(uintptr_t)code,
		.license = (uint64_t)(uintptr_t) "Apache-2.0",
	};
	union bpf_attr attach = {
		.target_fd = (uint32_t)c->parent,
		.attach_type = BPF_CGROUP_DEVICE,
	};
	union bpf_attr query = {
		.query = {.target_fd = (uint32_t)c->parent, .attach_type = BPF_CGROUP_DEVICE},
	};
	int program;

	need(bpf_call(BPF_PROG_QUERY, &query) == 0, "device query");
	if (query.query.prog_cnt > 0)
		return;
	program = bpf_call(BPF_PROG_LOAD, &load);
	need(program >= 0, "device program");
	attach.attach_bpf_fd = (uint32_t)program;
	need(bpf_call(BPF_PROG_ATTACH, &attach) == 0, "device filter");
	close(program);
}

static void remove_cgroup(const Cgroup *c)
{
	for (int i = 0; rmdir(c->path) < 0 && errno == EBUSY && i < 1000; i++)
		usleep(50);
}

/* --- the root filesystem --- */

static void mount_overlay(const char *rootfs, const char *state, pid_t id, char root[static 256])
{
	char options[1024], upper[256], work[256];

	snprintf(upper, sizeof(upper), "%s/%d.upper", state, (int)id);
	snprintf(work, sizeof(work), "%s/%d.work", state, (int)id);
	snprintf(root, 256, "%s/root", state);
	need(mkdir(upper, 0755) == 0 && mkdir(work, 0755) == 0, "mkdir");
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=%s,volatile", rootfs,
		upper, work);
	need(mount("overlay", root, "overlay", 0, options) == 0, "overlay");
	need(chdir(root) == 0, root);
}

static void make_device(const char *path, unsigned major_number, unsigned minor_number)
{
	need(mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number)) == 0, path);
}

static void mount_dev(void)
{
	mkdir("dev", 0755);
	need(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=64k") == 0,
		"dev");
	make_device("dev/null", 1, 3);
	make_device("dev/zero", 1, 5);
	make_device("dev/full", 1, 7);
	make_device("dev/random", 1, 8);
	make_device("dev/urandom", 1, 9);
	make_device("dev/tty", 5, 0);
	need(mkdir("dev/pts", 0755) == 0 && mkdir("dev/shm", 0755) == 0 &&
			mkdir("dev/mqueue", 0755) == 0,
		"dev");
	need(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		     "newinstance,ptmxmode=0666,mode=0620,gid=5") == 0,
		"devpts");
	need(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0, "shm");
	need(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0,
		"mqueue");
	need(symlink("/dev/pts/ptmx", "dev/ptmx") == 0 && symlink("/proc/self/fd", "dev/fd") == 0 &&
			symlink("/proc/self/fd/0", "dev/stdin") == 0 &&
			symlink("/proc/self/fd/1", "dev/stdout") == 0 &&
			symlink("/proc/self/fd/2", "dev/stderr") == 0,
		"links in dev");
}

static void mount_kernel_filesystems(void)
{
	mkdir("proc", 0755);
	mkdir("sys", 0755);
	need(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "proc");
	need(mount("sysfs", "sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ==
			0,
		"sysfs");
}

static void protect_kernel_paths(void)
{
	static const char *const read_only[] = {"proc/bus", "proc/sys/kernel/core_pattern",
		"proc/sys/kernel/modprobe", "proc/sys/vm/panic_on_oom", "proc/sysrq-trigger"};
	static const char *const hidden_dirs[] = {
		"sys/firmware", "sys/fs", "sys/hypervisor", "sys/module", "sys/power"};
	static const char *const hidden_files[] = {"proc/config.gz", "proc/kallsyms",
		"proc/sched_debug", "proc/kcore", "proc/kmem", "proc/mem"};

	for (size_t i = 0; i < ARRAY_LEN(read_only); i++)
		if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) == 0)
			need(mount(NULL, read_only[i], NULL,
				     MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV |
					     MS_NOEXEC,
				     NULL) == 0,
				read_only[i]);
	for (size_t i = 0; i < ARRAY_LEN(hidden_dirs); i++)
		(void)mount("tmpfs", hidden_dirs[i], "tmpfs", MS_RDONLY, "size=0,mode=000");
	for (size_t i = 0; i < ARRAY_LEN(hidden_files); i++)
		(void)mount("dev/null", hidden_files[i], NULL, MS_BIND, NULL);
}

static void enter_root(void)
{
	need(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
	need(umount2(".", MNT_DETACH) == 0, "umount");
	need(chdir("/") == 0, "chdir");
}

/* --- network, privileges --- */

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	need(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0, "lo");
	close(fd);
}

static void drop_bounding_set(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(CAPABILITIES & 1ull << cap))
			need(prctl(PR_CAPBSET_DROP, cap) == 0, "bounding set");
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{CAPABILITIES & UINT32_MAX, CAPABILITIES & UINT32_MAX, 0}};

	need(syscall(SYS_capset, &header, data) == 0, "capset");
}

/* A filter of the usual size: each call of x86-64 that is allowed by default has its own
 * comparison. */
static size_t build_filter(struct sock_filter *code)
{
	static const int denied[] = {SYS_ptrace, SYS_acct, SYS_add_key, SYS_bpf, SYS_mount,
		SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_init_module,
		SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load,
		SYS_keyctl, SYS_request_key, SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy,
		SYS_move_pages, SYS_migrate_pages, SYS_open_by_handle_at, SYS_name_to_handle_at,
		SYS_perf_event_open, SYS_process_vm_readv, SYS_process_vm_writev, SYS_quotactl,
		SYS_reboot, SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime,
		SYS_adjtimex, SYS_clock_adjtime, SYS_ioperm, SYS_iopl, SYS_kcmp, SYS_lookup_dcookie,
		SYS_userfaultfd, SYS_vhangup};
	size_t n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int nr = 0; nr <= SYS_rseq; nr++) {
		bool allow = true;

		for (size_t i = 0; i < ARRAY_LEN(denied); i++)
			allow = allow && denied[i] != nr;
		if (!allow)
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	return n;
}

static void load_filter(void)
{
	static struct sock_filter code[1024];
	struct sock_fprog program = {.len = build_filter(code), .filter = code};

	need(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0, "seccomp");
}

/* --- the network: veth with one end in the namespace of the first process --- */

typedef struct Message {
	struct nlmsghdr header;
	unsigned char rest[252];
} Message;

static Message message(unsigned short type, unsigned short flags, const void *body, size_t len)
{
	Message m = {.header = {
			     .nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
			     .nlmsg_type = type,
			     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags,
		     }};

	memcpy(NLMSG_DATA(&m.header), body, len);
	return m;
}

/* Returns the attribute, for end_nest(). */
static struct rtattr *attribute(Message *m, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)m + NLMSG_ALIGN(m->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len > 0)
		memcpy(RTA_DATA(a), data, len);
	m->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(m->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
	return a;
}

static void end_nest(Message *m, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)m + m->header.nlmsg_len - (char *)nest);
}

static void send_message(int fd, const Message *m)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;

	need(send(fd, m, m->header.nlmsg_len, 0) >= 0 && recv(fd, &answer, sizeof(answer), 0) > 0,
		"netlink");
	errno = -answer.error.error;
	need(answer.error.error == 0, "netlink");
}

static int route_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	need(fd >= 0, "netlink");
	return fd;
}

static void make_pair(int fd, const char *name, int namespace)
{
	struct ifinfomsg link = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	Message m = message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	struct ifinfomsg other = {0}; /* up when there is something at the other end */
	struct rtattr *info, *data, *peer;

	attribute(&m, IFLA_IFNAME, name, strlen(name) + 1);
	info = attribute(&m, IFLA_LINKINFO, NULL, 0);
	attribute(&m, IFLA_INFO_KIND, "veth", 4);
	data = attribute(&m, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(&m, VETH_INFO_PEER, &other, sizeof(other));
	attribute(&m, IFLA_IFNAME, "eth0", 5);
	attribute(&m, IFLA_NET_NS_FD, &namespace, sizeof(namespace));
	end_nest(&m, peer);
	end_nest(&m, data);
	end_nest(&m, info);
	send_message(fd, &m);
}

static void set_up(int fd, const char *name)
{
	struct ifinfomsg link = {
		.ifi_index = (int)if_nametoindex(name), .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	Message m = message(RTM_NEWLINK, 0, &link, sizeof(link));

	send_message(fd, &m);
}

static void add_address(int fd, const char *name, uint32_t address)
{
	struct ifaddrmsg body = {
		.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = if_nametoindex(name)};
	Message m = message(RTM_NEWADDR, NLM_F_CREATE, &body, sizeof(body));

	attribute(&m, IFA_LOCAL, &address, sizeof(address));
	send_message(fd, &m);
}

/* To one address, or, by way of one, to everywhere. */
static void add_route(int fd, const char *name, const uint32_t *to, const uint32_t *by)
{
	struct rtmsg body = {.rtm_family = AF_INET,
		.rtm_dst_len = to ? 32 : 0,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = by ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST};
	Message m = message(RTM_NEWROUTE, NLM_F_CREATE, &body, sizeof(body));
	int index = (int)if_nametoindex(name);

	if (to)
		attribute(&m, RTA_DST, to, sizeof(*to));
	if (by)
		attribute(&m, RTA_GATEWAY, by, sizeof(*by));
	attribute(&m, RTA_OIF, &index, sizeof(index));
	send_message(fd, &m);
}

/* Leaves the caller in the namespace of that process. */
static void connect_process(pid_t pid)
{
	uint32_t gateway = htonl(0x0a6f0001), address = htonl(0x0a6f0002 + (uint32_t)pid % 0xfff0);
	char path[64], name[IFNAMSIZ];
	int namespace, fd = route_socket();

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	snprintf(name, sizeof(name), "floor%d", (int)pid);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	need(namespace >= 0, path);
	make_pair(fd, name, namespace);
	add_address(fd, name, gateway);
	add_route(fd, name, &address, NULL);
	need(setns(namespace, CLONE_NEWNET) == 0, "setns");
	fd = route_socket();
	set_up(fd, "eth0");
	add_address(fd, "eth0", address);
	add_route(fd, "eth0", &gateway, NULL);
	add_route(fd, "eth0", NULL, &gateway);
}

/* --- the processes --- */

static _Noreturn void run_app(char **argv)
{
	static char *environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		NULL};

	setsid();
	drop_bounding_set();
	load_filter(); /* needs CAP_SYS_ADMIN, as no-new-privs is not set */
	drop_capabilities();
	execve(argv[0], argv, environment);
	need(0, argv[0]);
	_exit(125);
}

/* PID 1: builds the root, starts the app, reaps. */
static _Noreturn void run_first_process(char **argv, pid_t id, int connected)
{
	int status, app_status = 125;
	pid_t app, pid;
	char root[256], word;

	need(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	mount_overlay(argv[1], argv[2], id, root);
	mount_dev();
	mount_kernel_filesystems();
	protect_kernel_paths();
	enter_root();
	need(sethostname("floor", 5) == 0, "hostname");
	loopback_up();
	need(connected < 0 || read(connected, &word, 1) == 1, "connected");
	app = fork();
	need(app >= 0, "fork");
	if (app == 0)
		run_app(argv + 3);
	while ((pid = wait(&status)) > 0)
		if (pid == app)
			app_status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	_exit(app_status);
}

static pid_t clone_first_process(const Cgroup *c)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET |
			 CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)c->fd,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

int main(int argc, char **argv)
{
	bool network = argc > 1 && strcmp(argv[1], "--network") == 0;
	int status, connected[2] = {-1, -1};
	pid_t pid, id = getpid();
	Cgroup cgroup;

	argc -= network;
	argv += network;
	if (argc < 4) {
		fprintf(stderr, "usage: floor [--network] ROOTFS STATE PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	make_cgroup(&cgroup);
	filter_devices(&cgroup);
	need(!network || pipe2(connected, O_CLOEXEC) == 0, "pipe");
	pid = clone_first_process(&cgroup);
	need(pid >= 0, "clone3");
	if (pid == 0)
		run_first_process(argv, id, connected[0]);
	if (network) {
		connect_process(pid);
		need(write(connected[1], "", 1) == 1, "connected");
	}
	need(waitpid(pid, &status, 0) == pid, "wait");
	remove_cgroup(&cgroup);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
