/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables that configurations and results of CNI have in common. */

#include "spec/cni.h"
#include "spec/json-fields.h"

extern const ObjectType cni_dns_object, cni_route_object;

/* Reads the member "cniVersion". 0 or -EINVAL. */
int cni_version_read(JsonReader *r, const Json *object, CniVersion *ret);
