/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the store itself does with layers. Internal to the store; the rest is in store.h. */

#include "store/standing.h"

/* The text of the info file of a new layer, not on disk yet. */
#define LAYER_INFO_MAX 256
int layer_info_format(const LayerInfo *info, char ret[static LAYER_INFO_MAX], Error *err);

/* What was noted of a layer in the file path below dirfd, however the layer stands. 0 or a negative
 * errno. */
int layer_info_read(int dirfd, const char *path, LayerInfo *ret);

/* How far the layer can be trusted, STANDING_LOST where it is not there. That one is on disk is
 * said only when that is on disk, too. 0, or the error of reading it. */
int layer_standing(const Store *s, const char *layer, Standing *ret, Error *err);

/* The root of a view, dir being its layer's directory, mounted for whoever has the descriptor that
 * is returned; or a negative errno. */
int layer_mount_view(int dir);

/* Takes a layer out of the way of a new one of that name, whole, since running pods may have it as
 * a lower directory: to tmp/lost-HEX, where store_drop_lost() finds it after the next boot. The
 * caller has tree locked exclusively. 0 also when it is not there. */
#define LAYER_ASIDE "lost-"
int layer_set_aside(const Store *s, const char *layer, Error *err);

/* Removes a layer, whoever needs it. 0 also when it is not there. */
int layer_remove(const Store *s, const char *layer, Error *err);
