#pragma once

#include "service/access/gate.hpp"
#include "service/domain/utc.hpp"
#include "service/store/store.hpp"

#include <chrono>
#include <functional>

namespace lm::rest {

/// `GET` and `POST /api/users`; `GET`, `PATCH` and `DELETE /api/users/{id}`. Reading is for viewers, the rest
/// for admins. Bodies are `application/json`. 409 when an address is taken. `store` must outlive the router.
void addUsers(http::Router& router, store::Store& store, const access::Gate& gate,
              std::function<domain::UtcTime()> clock = std::chrono::system_clock::now);

} // namespace lm::rest
