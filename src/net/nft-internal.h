/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "net/nft.h"

/* Puts a verdict (NFT_JUMP, NFT_RETURN, ...) inside an attribute; chain for those that go to one,
 * else NULL. */
void nft_put_verdict(NetlinkBatch *b, uint16_t attribute, int32_t code, const char *chain);
