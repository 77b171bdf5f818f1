/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "net/nft.h"

/* Begins a message about something of a family (NFPROTO_...). */
void nft_message(NetlinkBatch *b, uint8_t family, uint16_t type, uint16_t flags);

/* Puts a verdict (NFT_JUMP, NFT_RETURN, ...) inside an attribute; chain for those that go to one,
 * else NULL. */
void nft_put_verdict(NetlinkBatch *b, uint16_t attribute, int32_t code, const char *chain);

/* Puts a comment of less than NFT_COMMENT bytes where the kernel keeps what is its users'. */
#define NFT_COMMENT_TYPE 0
void nft_put_comment(NetlinkBatch *b, uint16_t attribute, const char *comment);

/* A message about one element (NFT_MSG_...SETELEM). */
void nft_element_message(NetlinkBatch *b, uint16_t type, uint16_t flags, const NftSet *set,
	const NftElement *element, bool with_value);
