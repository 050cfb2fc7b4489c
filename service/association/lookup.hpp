#pragma once

#include "service/store/store.hpp"

#include <functional>
#include <string>

namespace lm::association {

/// Calls `found` once, on the store's main context, with the newest ACTIVE session of a room; empty when
/// there is none, or when the database has not said so within store::lookUpDeadline.
using LookUp = std::function<void(const std::string& room, std::function<void(std::string meetingId)> found)>;

/// `store` must outlive what is looked up. A run of failures is logged once.
LookUp lookUpIn(store::Store& store);

} // namespace lm::association
