#pragma once

#include "service/domain/utc.hpp"
#include "service/http/router.hpp"

#include <functional>

namespace lm::api {

using Clock = std::function<domain::UtcTime()>;

/// `GET /` and `GET /health`.
void addStatus(http::Router& router, Clock clock = std::chrono::system_clock::now);

} // namespace lm::api
