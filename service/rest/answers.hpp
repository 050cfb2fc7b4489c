#pragma once

#include "plugins/common/result.hpp"
#include "service/http/response.hpp"
#include "service/json/json.hpp"
#include "service/store/store.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace lm::rest {

/// How long somebody who asks waits for the database.
inline constexpr std::chrono::seconds patience{5};

/// The answer that `question` makes on the database's thread, or 503 in plain words when that is away.
http::Response fromStore(store::Store& store,
                         std::function<store::Outcome<http::Response>(store::Connection&)> question);

/// What a failure of the database is to a client. Says nothing of the database itself.
http::Response problemOf(const store::Failure& failure);
/// 400, with the name of what is wrong.
http::Response invalid(const Error& error);
/// The value as JSON, never to be kept by a cache.
http::Response fresh(unsigned status, const json::Node& body);
/// For `filename="…"`: what every client understands, and nothing that ends the quotes.
std::string plainName(const std::string& name);

} // namespace lm::rest
