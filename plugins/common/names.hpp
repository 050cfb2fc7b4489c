#pragma once

/// Every name that plugin, service and tests share: element factories, properties, messages and their fields.
/// The service meets the elements only through these.
///
/// Shapes: sample positions and counts are frames (one sample of every channel), uint64, counted from the
/// first frame of the track. `*-ns` are nanoseconds; `utc-ns` is int64 nanoseconds since the Unix epoch.
/// Levels are double, dBFS, where -infinity is digital silence; `gain` is a linear factor.

namespace lm::names {

namespace wsaudiosrc {
inline constexpr char factory[] = "wsaudiosrc";
// Properties.
inline constexpr char address[] = "address";          // string: where to listen when standing alone
inline constexpr char port[] = "port";                // uint: 0 picks a free one; reads as the bound one
inline constexpr char path[] = "path";                // string: the only path that is upgraded
inline constexpr char contextWait[] = "context-wait"; // uint, ms between two visits of a socket
inline constexpr char connection[] = "connection";    // GIOStream, write-only: an upgraded connection
inline constexpr char rate[] = "rate";                // uint, Hz: unless the query says otherwise
inline constexpr char channels[] = "channels";        // uint: unless the query says otherwise
inline constexpr char maxMessageSize[] = "max-message-size"; // uint, bytes; a larger message closes with 1009
inline constexpr char gapThreshold[] = "gap-threshold";      // uint, ms without data or of missing audio
inline constexpr char maxFill[] = "max-fill";                // uint, ms of silence put into a gap; 0 = none
inline constexpr char mutedAudio[] = "muted-audio";          // enum: keep, drop
inline constexpr char correctFormat[] = "correct-format";    // boolean: downstream copes with new caps
inline constexpr char mutedKeep[] = "keep";
inline constexpr char mutedDrop[] = "drop";
inline constexpr char stats[] = "stats"; // GstStructure, read-only
// GstStructure, read-only: the ingest threads, which all sources of the process share. recent-ns, worst-ns:
// lateness of this source's threads in the last seconds and at all; of every round of the process:
// sum-ns (uint64), bounds-ns and counts (arrays of uint64): rounds that were as late as a bound at the most,
// the last count those that were later.
inline constexpr char ingestStats[] = "ingest-stats";
// Messages (element messages of the source) and their fields.
inline constexpr char msgListening[] = "wsaudiosrc-listening"; // address, port, path
inline constexpr char msgConnected[] = "wsaudiosrc-connected"; // rate (int), channels (int)
inline constexpr char msgStarted[] = "wsaudiosrc-started";     // utc-ns (int64): time of the first frame
inline constexpr char msgMuted[] = "wsaudiosrc-muted";         // muted (boolean), sample (uint64)
inline constexpr char msgText[] = "wsaudiosrc-text";           // text (string: JSON object), sample
inline constexpr char msgBadText[] = "wsaudiosrc-bad-text";    // reason (string), count (uint64)
// Frames that came were left out before frame `sample` (uint64), on purpose: samples (uint64), reason
// (string: muted). Posted when that is over. They have no positions.
inline constexpr char msgLeftOut[] = "wsaudiosrc-left-out";
inline constexpr char reasonMuted[] = "muted";
// Audio is missing before frame `sample` (uint64): duration-ns (uint64), of which the next `filled` (uint64)
// frames are silence that was put in, and unfilled-ns (uint64) were skipped before them.
inline constexpr char msgGap[] = "wsaudiosrc-gap";
// No data came while the peer was not muted; once, when it is over: sample (uint64), utc-ns (int64: when it
// began), duration-ns, burst-ns (of it, what came late), missing-ns (what never came; all uint64),
// resumed (boolean: false when the connection ended in it).
inline constexpr char msgStall[] = "wsaudiosrc-stall";
// What arrives is not what was declared; once for a track: rate, channels (int: declared), measured-rate,
// measured-channels (int: the usual format that fits best), byte-rate (double: a second, by the clock),
// rate-ratio (double: of what was declared), reason (string), corrected (boolean), sample (uint64: from where
// on it is, in frames of the format that is then in force). Only one declared channel that is two is ever
// corrected. Whatever a `sample` was counted in, sample * channels * 2 is the byte of the track.
inline constexpr char msgFormatAlarm[] = "wsaudiosrc-format-alarm";
inline constexpr char worstLateness[] = "worst-lateness-ns"; // of the ingest threads, in msgClosed
// How the connection ended, and what the track was: code (uint), clean (boolean), reason (string);
// samples (frames pushed, with `filled`), bytes, messages (received), worst-lateness-ns; rate, channels
// (int); utc-ns (int64: time of the first frame, by all that came after it; 0 = no audio); byte-rate,
// rate-ratio (double: bytes a second by the clock, and that over what the format says; 0 = not enough to
// tell), drift-ppm (double: the sender's clock against ours; NaN = not enough to tell); gaps, gap-ns, filled
// (frames), unfilled-ns; stalls, stall-ns; mutes, muted-samples (positions between true and false),
// dropped-samples (frames not pushed because of `muted-audio`). All uint64 unless stated.
inline constexpr char msgClosed[] = "wsaudiosrc-closed";
// The serialized downstream event that carries the mute state: muted (boolean), sample (uint64).
inline constexpr char muteEvent[] = "wsaudiosrc-mute";
// Serialized downstream event: the bytes sent so far, since the last caps that really changed, and from now
// on have this format, the declaration was wrong. Sent before the caps that say so: rate (int), channels
// (int).
inline constexpr char formatEvent[] = "wsaudiosrc-format";
// Serialized downstream event: the UTC times of everything pushed so far and from now on are shift-ns (int64)
// later than they were told; negative: earlier.
inline constexpr char timeEvent[] = "wsaudiosrc-time";
} // namespace wsaudiosrc

namespace wsvideosrc {
inline constexpr char factory[] = "wsvideosrc";
// Properties: address, port, path, context-wait, connection, max-message-size, stats, ingest-stats as of
// wsaudiosrc.
inline constexpr char address[] = "address";
inline constexpr char port[] = "port";
inline constexpr char path[] = "path";
inline constexpr char contextWait[] = "context-wait";
inline constexpr char connection[] = "connection";
inline constexpr char maxMessageSize[] = "max-message-size";
inline constexpr char codec[] = "codec"; // enum: h264, vp8, vp9; unless the query says otherwise
inline constexpr char stats[] = "stats";
inline constexpr char ingestStats[] = "ingest-stats";
// Messages. A `sample` of video is a millisecond since the first frame that was pushed, which is a key frame.
inline constexpr char msgListening[] = "wsvideosrc-listening"; // address, port, path
inline constexpr char msgConnected[] = "wsvideosrc-connected"; // codec (string)
// utc-ns (int64): time of the first frame; dropped-frames (uint64): that came before it; framing (string:
// annexb, avcc, ivf, frames).
inline constexpr char msgStarted[] = "wsvideosrc-started";
inline constexpr char msgWaiting[] = "wsvideosrc-waiting"; // once: frames are dropped until a key frame comes
inline constexpr char msgBadData[] = "wsvideosrc-bad-data"; // once: reason (string); further ones are counted
inline constexpr char msgReordered[] =
    "wsvideosrc-reordered"; // once: H.264 with B-frames, shown in another order
inline constexpr char msgNothing[] =
    "wsvideosrc-nothing"; // at the end: reason (string); nothing could be recorded
inline constexpr char msgResolution[] = "wsvideosrc-resolution"; // width, height (int); VP8 and VP9
inline constexpr char msgMuted[] = "wsvideosrc-muted";           // muted (boolean), sample (uint64)
inline constexpr char msgText[] = "wsvideosrc-text";             // text (string: JSON object), sample
inline constexpr char msgBadText[] = "wsvideosrc-bad-text";      // reason (string), count (uint64)
inline constexpr char worstLateness[] = "worst-lateness-ns";     // of the ingest threads, in msgClosed
// How the connection ended, and what the track was: code (uint), clean (boolean), reason (string), and what
// `stats` has: samples (ms behind the last frame), frames, key-frames, dropped-frames (while a key
// frame was waited for), bad-frames, dropped-bytes, resolutions (changes), largest-gap-ms, mutes, bad-texts,
// ignored-texts, refused-bytes, bytes, messages (all uint64), width, height (int), framing (string), utc-ns
// (int64).
inline constexpr char msgClosed[] = "wsvideosrc-closed";
} // namespace wsvideosrc

namespace videofilesink {
inline constexpr char factory[] = "videofilesink";
inline constexpr char location[] = "location"; // string: file of the first part
inline constexpr char stats[] = "stats";       // GstStructure, read-only
// Messages of a bytestream as those of wavfilesink, with milliseconds for samples: rate is 1000, channels 0.
inline constexpr char msgPartOpened[] = "videofilesink-part-opened";
inline constexpr char msgPartClosed[] =
    "videofilesink-part-closed"; // and bytes (uint64): the size of the file
inline constexpr char msgPaused[] = "videofilesink-paused";
inline constexpr char msgResumed[] = "videofilesink-resumed";
inline constexpr char msgFinished[] = "videofilesink-finished";
// Of a container (Matroska), which has no parts.
inline constexpr char msgMovieOpened[] = "videofilesink-movie-opened"; // location (string)
inline constexpr char msgMovieEnded[] = "videofilesink-movie-ended"; // location, reason (string): ends early
} // namespace videofilesink

namespace blockaggregator {
inline constexpr char factory[] = "blockaggregator";
inline constexpr char groupSeconds[] = "group-seconds"; // double, seconds in a block
inline constexpr char maxBytes[] = "max-bytes";         // uint, bytes in a block at the most
inline constexpr char idleFlush[] = "idle-flush";       // uint, ms without audio that end a block; 0 = never
inline constexpr char isolate[] = "isolate";            // boolean: failures downstream stay there
inline constexpr char targetRms[] = "target-rms";       // double, dBFS the gain aims at
inline constexpr char maxGain[] = "max-gain";           // double, dB the gain never exceeds
inline constexpr char silence[] = "silence";            // double, dBFS RMS below which the gain is 1
inline constexpr char gain[] = "gain";   // double, read-only, linear: of the block about to be pushed
inline constexpr char peak[] = "peak";   // double, read-only, dBFS
inline constexpr char rms[] = "rms";     // double, read-only, dBFS
inline constexpr char stats[] = "stats"; // GstStructure, read-only
// Posted for every block, before it is pushed: sequence (uint64, from 0), sample (uint64: first frame),
// samples (uint64), bytes (uint64), pts-ns (uint64), utc-ns (int64, 0 = unknown), rate (int), channels (int),
// peak, rms, gain (double), clipped (uint64: samples, of all channels, at full scale), offset (double: mean
// of the samples, linear, -1 to 1), hash (string: XXH3-128 of its bytes, hex), reason (string: why the block
// ended).
inline constexpr char msgBlock[] = "blockaggregator-block";
// Something is wrong with the sound of the track, or is not any more: kind (string: clipping, offset,
// silence), active (boolean), value (double: share of the samples at full scale, offset, seconds of silence),
// number (uint64, from 1: how often it has begun), sample (uint64: where it was found), reason (string: for
// people).
inline constexpr char msgSound[] = "blockaggregator-sound";
inline constexpr char reasonDuration[] = "duration";
inline constexpr char reasonSize[] = "size";
inline constexpr char reasonEos[] = "eos";
inline constexpr char reasonFlush[] = "flush";
inline constexpr char reasonIdle[] = "idle";
inline constexpr char reasonDiscont[] = "discont";
inline constexpr char reasonCaps[] = "caps";
// Serialized downstream event without fields: pushes the partial block at once, then travels on.
inline constexpr char flushEvent[] = "blockaggregator-flush";
} // namespace blockaggregator

namespace wavfilesink {
inline constexpr char factory[] = "wavfilesink";
inline constexpr char location[] = "location";  // string: file of the first part
inline constexpr char maxBytes[] = "max-bytes"; // uint64: bytes of a part at the most
inline constexpr char stats[] = "stats";        // GstStructure, read-only
// Messages. A part: part (uint, from 1), location (string), sample (uint64: its first frame), utc-ns (int64
// of that frame, 0 = unknown), rate, channels (int).
inline constexpr char msgPartOpened[] = "wavfilesink-part-opened";
inline constexpr char msgPartClosed[] = "wavfilesink-part-closed"; // + samples (uint64): frames in the part
// From sample (uint64) on nothing is recorded: reason, location (string). Once per pause.
inline constexpr char msgPaused[] = "wavfilesink-paused";
// Recording goes on with sample (uint64) in a new part; skipped (uint64) frames before it are in no file.
inline constexpr char msgResumed[] = "wavfilesink-resumed";
inline constexpr char msgFinished[] =
    "wavfilesink-finished"; // samples, skipped (uint64), parts (uint): in all
} // namespace wavfilesink

namespace wssink {
inline constexpr char factory[] = "wssink";
inline constexpr char location[] = "location"; // string, write-only: ws(s) URL, its query may hold a token
inline constexpr char timeout[] = "timeout";   // uint, s: without progress
inline constexpr char stats[] = "stats";       // GstStructure, read-only: messages, bytes (uint64)
} // namespace wssink

namespace imentivsink {
inline constexpr char factory[] = "imentivsink";
inline constexpr char endpoint[] = "endpoint";             // string, http(s) URL, may have a query
inline constexpr char apiKey[] = "api-key";                // string, write-only
inline constexpr char payload[] = "payload";               // enum: pcm, wav
inline constexpr char meetingId[] = "meeting-id";          // string
inline constexpr char participant[] = "participant";       // string
inline constexpr char trackId[] = "track-id";              // string
inline constexpr char session[] = "session";               // string, a UUID; empty: a new one at every start
inline constexpr char sendSilence[] = "send-silence";      // boolean: also blocks that are digital silence
inline constexpr char timeout[] = "timeout-ms";            // uint, of one attempt
inline constexpr char maxAttempts[] = "max-attempts";      // uint
inline constexpr char drainTimeout[] = "drain-timeout-ms"; // uint, EOS waits this long at the most
inline constexpr char maxQueueBytes[] = "max-queue-bytes"; // uint64, of this track
inline constexpr char maxInFlight[] = "max-in-flight";     // uint, requests of the whole process
inline constexpr char maxTotalBytes[] =
    "max-total-bytes"; // uint64, of the whole process; beyond: to the spool
inline constexpr char spoolDirectory[] = "spool-directory";   // string, path; empty: no spool
inline constexpr char spoolMaxBytes[] = "spool-max-bytes";    // uint64
inline constexpr char spoolMaxAge[] = "spool-max-age";        // uint, seconds
inline constexpr char spoolReceipts[] = "spool-receipts";     // boolean: see msgDeliveredFromSpool
inline constexpr char circuitFailures[] = "circuit-failures"; // uint, in a row that open the circuit
inline constexpr char circuitPause[] = "circuit-pause-ms";    // uint, before the first probe, then doubled
inline constexpr char refusedPause[] = "refused-pause-ms";    // uint, between probes of a refused key
inline constexpr char stats[] = "stats";                      // GstStructure, read-only
// Messages; each has sequence (uint64), sample (uint64), samples (uint64), key (string: the Idempotency-Key,
// `<session>-<sequence>`).
inline constexpr char msgDelivered[] =
    "imentivsink-delivered"; // + attempts, status (uint), latency-ns (uint64),
                             //   response (string: a JSON answer, may be absent)
inline constexpr char msgRetrying[] =
    "imentivsink-retrying";                               // + attempt (uint), delay-ns, reason, status (uint)
inline constexpr char msgFailed[] = "imentivsink-failed"; // + attempts, status (uint, 0 = no answer), reason
inline constexpr char msgDropped[] = "imentivsink-dropped"; // + reason
inline constexpr char msgSkipped[] = "imentivsink-skipped"; // + reason (string): not sent on purpose
inline constexpr char reasonSilence[] = "silence";          // flagged GAP, and send-silence is false
inline constexpr char msgSpooled[] =
    "imentivsink-spooled"; // + attempts, status (uint), reason: it is on disk
// The two may be about a block of another sink, also of an earlier run: + own (boolean: this sink made it
// since its start), meeting, participant, track (string: whose it is).
inline constexpr char msgDeliveredFromSpool[] =
    "imentivsink-delivered-from-spool"; // + attempts (uint, out of the spool), status (uint), age-ns (uint64,
                                        //   since it was spooled), response (string, may be absent), receipt
                                        //   (GBytes, with spool-receipts: while somebody holds it the block
                                        //   stays on disk, and is delivered again after a restart)
inline constexpr char msgDeadLetter[] =
    "imentivsink-dead-letter"; // + attempts, status (uint, 0 = too old), reason: kept on disk, not delivered
// Of an endpoint, posted by one sink that uses it: endpoint (string, redacted), state (string: closed, open,
// half-open), failures (uint, in a row), refused (boolean: the key was), reason (string).
inline constexpr char msgCircuit[] = "imentivsink-circuit";
// Something about the spool directory that somebody should look at: text (string).
inline constexpr char msgSpoolNotice[] = "imentivsink-spool-notice";
} // namespace imentivsink

/// Caps of the GstReferenceTimestampMeta that carries the UTC time (nanoseconds since the Unix epoch) of a
/// buffer's first frame.
inline constexpr char utcCaps[] = "timestamp/x-unix";

/// Key of the data (g_object_set_data, a string) that tells, on every element of a track's pipeline, whose it
/// is: a log function may be called with the object's lock held and cannot ask for parents.
inline constexpr char trackData[] = "live-meeting-track";

} // namespace lm::names
