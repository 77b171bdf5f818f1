/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The numbers of a tree's users and groups: what those who live in it call them, and what they are
 * on disk. */

#include <stdint.h>

/* Users and groups 0 ... n-1 are first ... on disk; n is 0: each is its own. */
typedef struct TreeIds {
	uint32_t first, n;
} TreeIds;

/* What a number on disk is called in the tree. One of somebody else stays what it is. */
uint32_t tree_ids_name(TreeIds ids, uint32_t on_disk);

/* What a number of the tree is on disk. One that the tree has not becomes its root's. */
uint32_t tree_ids_place(TreeIds ids, uint32_t name);
