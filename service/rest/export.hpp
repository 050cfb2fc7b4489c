#pragma once

#include "service/access/gate.hpp"
#include "service/exports/exporter.hpp"
#include "service/store/store.hpp"

#include <memory>

namespace lm::rest {

/// `GET /api/sessions/{meetingId}/export.mkv` (`participant`, unless there is one alone): what a participant
/// said and showed, as one Matroska file; of a meeting that still runs as far as it is. For viewers. Ids of
/// recordings that are not in it are in the header `X-Left-Out`. `store` must outlive the router.
void addExport(http::Router& router, store::Store& store, const access::Gate& gate,
               std::shared_ptr<exports::Exporter> exporter);

} // namespace lm::rest
