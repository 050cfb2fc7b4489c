#pragma once

#include "service/access/gate.hpp"
#include "service/downloads/readers.hpp"
#include "service/store/store.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace lm::rest {

struct AudioOptions {
    std::string directory;           // EGRESS_AUDIO_OUTPUT_DIR
    std::size_t mostDownloads = 64;  // at once; then 503
    std::string videoDirectory = {}; // EGRESS_VIDEO_OUTPUT_DIR: nothing else is ever read
};

/// `GET /api/recordings/{id}/audio`: the file of a recording, whole or a range of it (see http::select), also
/// while it is being written: as far as it is then. For viewers. The disk is read by `readers`; memory holds
/// a piece of each download. `store` must outlive the router.
void addRecordingAudio(http::Router& router, store::Store& store, const access::Gate& gate,
                       std::shared_ptr<downloads::Readers> readers, AudioOptions options);

} // namespace lm::rest
