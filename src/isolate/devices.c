/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/devices.h"

#include <linux/bpf.h>
#include <stdio.h>

const DeviceRule device_rules[] = {
	{'c', -1, -1, "m"}, {'b', -1, -1, "m"}, {'c', 1, 3, "rwm"}, /* null */
	{'c', 1, 5, "rwm"},                                         /* zero */
	{'c', 1, 7, "rwm"},                                         /* full */
	{'c', 1, 8, "rwm"},                                         /* random */
	{'c', 1, 9, "rwm"},                                         /* urandom */
	{'c', 5, 0, "rwm"},                                         /* tty */
	{'c', 5, 2, "rwm"},                                         /* ptmx */
	{'c', 136, -1, "rwm"},                                      /* pts */
	{'c', 10, 200, "rwm"},                                      /* net/tun */
};
const unsigned n_device_rules = ARRAY_LEN(device_rules);

static void put_number(char *buf, size_t size, int64_t n)
{
	if (n < 0)
		(void)snprintf(buf, size, "*");
	else
		(void)snprintf(buf, size, "%lld", (long long)n);
}

const char *device_rule_text(const DeviceRule *rule, char *buf, size_t size)
{
	char major[24], minor[24];

	put_number(major, sizeof major, rule->major);
	put_number(minor, sizeof minor, rule->minor);
	(void)snprintf(buf, size, "%c %s:%s %s", rule->type, major, minor, rule->access);
	return buf;
}

typedef struct Program {
	BpfInsn *insns;
	unsigned n, max;
} Program;

static void emit(Program *p, uint8_t code, uint8_t registers, int16_t offset, int32_t immediate)
{
	if (p->n < p->max)
		p->insns[p->n] = (BpfInsn){code, registers, offset, immediate};
	p->n++;
}

/* Registers: 1 the context, 2 type, 3 access, 4 major, 5 minor. */
enum { R_RESULT, R_CONTEXT, R_TYPE, R_ACCESS, R_MAJOR, R_MINOR };

static void load(Program *p, unsigned reg, int16_t field)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, (uint8_t)(reg | R_CONTEXT << 4), field, 0);
}

static int32_t access_bits(const char *access)
{
	int32_t bits = 0;

	for (; *access; access++)
		bits |= *access == 'r'   ? BPF_DEVCG_ACC_READ
			: *access == 'w' ? BPF_DEVCG_ACC_WRITE
					 : BPF_DEVCG_ACC_MKNOD;
	return bits;
}

/* One rule: allows if everything fits, else goes on behind itself, to the next one. */
static void emit_rule(Program *p, const DeviceRule *rule)
{
	int32_t denied = ~access_bits(rule->access) & 7;
	int32_t type = rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	/* How many instructions of the rule are still to come. */
	int16_t left = (int16_t)(3 + (rule->major >= 0) + (rule->minor >= 0));

	emit(p, BPF_JMP | BPF_JNE | BPF_K, R_TYPE, left, type);
	emit(p, BPF_JMP | BPF_JSET | BPF_K, R_ACCESS, --left, denied);
	if (rule->major >= 0)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MAJOR, --left, (int32_t)rule->major);
	if (rule->minor >= 0)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, R_MINOR, --left, (int32_t)rule->minor);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 1);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

unsigned device_rules_program(const DeviceRule *rules, unsigned n, BpfInsn *ret, unsigned max)
{
	Program p = {.insns = ret, .max = max};

	/* struct bpf_cgroup_dev_ctx: access in the high half of the first word, type in the low
	 * one. */
	load(&p, R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(&p, BPF_ALU64 | BPF_MOV | BPF_X, R_ACCESS | R_TYPE << 4, 0, 0);
	emit(&p, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0xffff);
	emit(&p, BPF_ALU64 | BPF_RSH | BPF_K, R_ACCESS, 0, 16);
	load(&p, R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	load(&p, R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (unsigned i = 0; i < n; i++)
		emit_rule(&p, &rules[i]);
	emit(&p, BPF_ALU64 | BPF_MOV | BPF_K, R_RESULT, 0, 0);
	emit(&p, BPF_JMP | BPF_EXIT, 0, 0, 0);
	return p.n <= max ? p.n : 0;
}
