/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-ids.h"

uint32_t tree_ids_name(TreeIds ids, uint32_t on_disk)
{
	return on_disk - ids.first < ids.n ? on_disk - ids.first : on_disk;
}

uint32_t tree_ids_place(TreeIds ids, uint32_t name)
{
	if (ids.n == 0)
		return name;
	return ids.first + (name < ids.n ? name : 0);
}
