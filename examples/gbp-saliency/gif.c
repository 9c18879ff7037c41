/* gbpsaliency: guided backpropagation on video
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gif.h"

#include "mark.h"
#include "palette.h"

#include <gif_lib.h>
#include <gst/video/gstvideoencoder.h>
#include <string.h>

/* GIF counts time in hundredths of a second, and players take less than two for a mistake. */
#define TICK       (10 * GST_MSECOND)
#define LEAST_TIME 2
#define MOST_TIME  G_MAXUINT16

/* @gif: what giflib writes into @bytes; NULL before the first frame
 * @bytes: written since the last buffer that went out
 * @held: (nullable): a frame whose time is known when another one follows
 * @pixels: the held frame's, [height][width][3] */
typedef struct {
  GstVideoEncoder encoder;
  GifFileType *gif;
  GByteArray *bytes;
  GstVideoCodecFrame *held;
  GstClockTime start, end; /* of what is held */
  GstVideoInfo info;
  guint8 *pixels;
} GifEncoder;

typedef GstVideoEncoderClass GifEncoderClass;
static GType gif_encoder_get_type (void);
G_DEFINE_TYPE (GifEncoder, gif_encoder, GST_TYPE_VIDEO_ENCODER)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK,
    GST_PAD_ALWAYS,
    GST_STATIC_CAPS (
        "video/x-raw,format=RGB,width=[1,65535],height=[1,65535],framerate=" GST_VIDEO_FPS_RANGE));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("image/gif"));

static int
write_bytes (GifFileType *gif, const GifByteType *bytes, int n_bytes)
{
  GifEncoder *self = gif->UserData;

  g_byte_array_append (self->bytes, bytes, (guint) n_bytes);
  return n_bytes;
}

static GstBuffer *
take_bytes (GifEncoder *self)
{
  gsize size;
  guint8 *bytes = g_byte_array_steal (self->bytes, &size);

  return gst_buffer_new_wrapped (bytes, size);
}

/* Without end, by the extension that all players know. */
static gboolean
write_loop (GifFileType *gif)
{
  static const guint8 forever[] = {1, 0, 0};

  return EGifPutExtensionLeader (gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK
         && EGifPutExtensionBlock (gif, 11, "NETSCAPE2.0") == GIF_OK
         && EGifPutExtensionBlock (gif, sizeof forever, forever) == GIF_OK
         && EGifPutExtensionTrailer (gif) == GIF_OK;
}

static gboolean
open_gif (GifEncoder *self)
{
  int width = GST_VIDEO_INFO_WIDTH (&self->info), height = GST_VIDEO_INFO_HEIGHT (&self->info);

  self->gif = EGifOpen (self, write_bytes, NULL);
  if (self->gif == NULL)
    return FALSE;
  EGifSetGifVersion (self->gif, TRUE);
  return EGifPutScreenDesc (self->gif, width, height, 8, 0, NULL) == GIF_OK
         && write_loop (self->gif) && EGifPutComment (self->gif, MARK) == GIF_OK;
}

/* @indices: [height][width], of the colours of @map */
static gboolean
write_image (GifEncoder *self, const guint8 *indices, ColorMapObject *map, guint ticks)
{
  int width = GST_VIDEO_INFO_WIDTH (&self->info), height = GST_VIDEO_INFO_HEIGHT (&self->info);
  GraphicsControlBlock control = {DISPOSE_DO_NOT, FALSE, (int) ticks, NO_TRANSPARENT_COLOR};
  GifByteType extension[4];
  gboolean is_written;

  EGifGCBToExtension (&control, extension);
  is_written =
      EGifPutExtension (self->gif, GRAPHICS_EXT_FUNC_CODE, sizeof extension, extension) == GIF_OK
      && EGifPutImageDesc (self->gif, 0, 0, width, height, FALSE, map) == GIF_OK;
  for (int y = 0; y < height && is_written; y++)
    is_written =
        EGifPutLine (self->gif, (GifPixelType *) indices + (gsize) y * (gsize) width, width)
        == GIF_OK;
  return is_written;
}

/* @indices: (out): [height][width], of the colours
 * Returns: (transfer full): the colours; NULL: there is no memory */
static ColorMapObject *
reduce_colours (const GifEncoder *self, guint8 *indices)
{
  ColorMapObject *map = GifMakeMapObject (PALETTE_SIZE, NULL);
  Colour colours[PALETTE_SIZE];

  if (map == NULL)
    return NULL;
  palette_reduce (self->pixels, (guint) GST_VIDEO_INFO_WIDTH (&self->info),
      (guint) GST_VIDEO_INFO_HEIGHT (&self->info), colours, indices);
  for (guint i = 0; i < PALETTE_SIZE; i++)
    map->Colors[i] = (GifColorType){colours[i][0], colours[i][1], colours[i][2]};
  return map;
}

static gboolean
write_frame (GifEncoder *self, guint ticks)
{
  g_autofree guint8 *indices = g_malloc (
      (gsize) GST_VIDEO_INFO_WIDTH (&self->info) * (gsize) GST_VIDEO_INFO_HEIGHT (&self->info));
  ColorMapObject *map = reduce_colours (self, indices);
  gboolean is_written = map != NULL && (self->gif != NULL || open_gif (self))
                        && write_image (self, indices, map, ticks);

  GifFreeMapObject (map);
  return is_written;
}

/* @end: of the time that the held frame is shown */
static GstFlowReturn
finish_held (GifEncoder *self, GstClockTime end)
{
  GstVideoCodecFrame *frame = g_steal_pointer (&self->held);
  guint64 from = gst_util_uint64_scale_round (self->start, 1, TICK);
  guint64 to = gst_util_uint64_scale_round (MAX (end, self->start), 1, TICK);

  if (frame == NULL)
    return GST_FLOW_OK;
  if (!write_frame (self, (guint) CLAMP (to - from, LEAST_TIME, MOST_TIME))) {
    const char *reason = self->gif != NULL ? GifErrorString (self->gif->Error) : NULL;

    gst_video_codec_frame_unref (frame);
    GST_ELEMENT_ERROR (self, STREAM, ENCODE, (NULL),
        ("giflib: %s", reason != NULL ? reason : "there is not enough memory"));
    return GST_FLOW_ERROR;
  }
  frame->output_buffer = take_bytes (self);
  GST_VIDEO_CODEC_FRAME_SET_SYNC_POINT (frame);
  return gst_video_encoder_finish_frame (&self->encoder, frame);
}

/* Returns: (transfer full): the frame's pixels, [height][width][3]; NULL where it cannot be read */
static guint8 *
copy_pixels (GifEncoder *self, GstBuffer *buffer)
{
  gsize row = 3 * (gsize) GST_VIDEO_INFO_WIDTH (&self->info);
  GstVideoFrame frame;
  guint8 *pixels;

  if (!gst_video_frame_map (&frame, &self->info, buffer, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ, (NULL), ("a frame's memory cannot be mapped"));
    return NULL;
  }
  pixels = g_malloc (row * (gsize) GST_VIDEO_FRAME_HEIGHT (&frame));
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y++)
    memcpy (pixels + (gsize) y * row,
        (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&frame, 0)
            + (gsize) y * (gsize) GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0),
        row);
  gst_video_frame_unmap (&frame);
  return pixels;
}

/* A frame that is the same as the held one only makes that last longer. */
static GstFlowReturn
handle_frame (GstVideoEncoder *encoder, GstVideoCodecFrame *frame)
{
  GifEncoder *self = (GifEncoder *) encoder;
  g_autofree guint8 *pixels = copy_pixels (self, frame->input_buffer);
  gsize size =
      3 * (gsize) GST_VIDEO_INFO_WIDTH (&self->info) * (gsize) GST_VIDEO_INFO_HEIGHT (&self->info);
  GstFlowReturn result;

  if (pixels == NULL) {
    gst_video_codec_frame_unref (frame);
    return GST_FLOW_ERROR;
  }
  self->end = frame->pts + (GST_CLOCK_TIME_IS_VALID (frame->duration) ? frame->duration : 0);
  if (self->held != NULL && memcmp (pixels, self->pixels, size) == 0)
    return gst_video_encoder_finish_frame (encoder, frame);
  result = finish_held (self, frame->pts);
  g_free (self->pixels);
  self->pixels = g_steal_pointer (&pixels);
  self->start = frame->pts;
  self->held = frame;
  return result;
}

/* The last frame, and what ends the file. */
static GstFlowReturn
finish (GstVideoEncoder *encoder)
{
  GifEncoder *self = (GifEncoder *) encoder;
  GstFlowReturn result = finish_held (self, self->end);

  if (self->gif == NULL || result != GST_FLOW_OK)
    return result;
  EGifCloseFile (g_steal_pointer (&self->gif), NULL);
  return gst_pad_push (GST_VIDEO_ENCODER_SRC_PAD (encoder), take_bytes (self));
}

static gboolean
set_format (GstVideoEncoder *encoder, GstVideoCodecState *state)
{
  GifEncoder *self = (GifEncoder *) encoder;

  self->info = state->info;
  gst_video_codec_state_unref (
      gst_video_encoder_set_output_state (encoder, gst_caps_new_empty_simple ("image/gif"), state));
  return gst_video_encoder_negotiate (encoder);
}

static gboolean
start (GstVideoEncoder *encoder)
{
  GifEncoder *self = (GifEncoder *) encoder;

  self->bytes = g_byte_array_new ();
  return TRUE;
}

static gboolean
stop (GstVideoEncoder *encoder)
{
  GifEncoder *self = (GifEncoder *) encoder;

  g_clear_pointer (&self->held, gst_video_codec_frame_unref);
  if (self->gif != NULL)
    EGifCloseFile (g_steal_pointer (&self->gif), NULL);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_clear_pointer (&self->pixels, g_free);
  return TRUE;
}

static void
gif_encoder_class_init (GifEncoderClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "GIF encoder", "Codec/Encoder/Image",
      "Encode animated GIFs, by giflib", "gbpsaliency maintainers");
  class->start = GST_DEBUG_FUNCPTR (start);
  class->stop = GST_DEBUG_FUNCPTR (stop);
  class->set_format = GST_DEBUG_FUNCPTR (set_format);
  class->handle_frame = GST_DEBUG_FUNCPTR (handle_frame);
  class->finish = GST_DEBUG_FUNCPTR (finish);
}

static void
gif_encoder_init (GifEncoder *self)
{
}

gboolean
gif_register (void)
{
  return gst_element_register (NULL, GIF_ENCODER, GST_RANK_NONE, gif_encoder_get_type ());
}
