#pragma once

#include "service/json/object.hpp"
#include "service/store/sessions.hpp"
#include "service/store/tracks.hpp"
#include "service/store/users.hpp"

#include <optional>
#include <vector>

/// Rows of the database as JSON: the shapes of `schemas/openapi.yaml`.
namespace lm::rest {

/// What a session is shown with.
json::Object toJson(const store::Session& session);
json::Node toJson(const store::User& user);
json::Node toJson(const store::Recording& recording);
json::Node toJson(const store::Block& block);

/// Blocks of a track, and the sequence to go on with when there are more.
struct Results {
    std::vector<store::Block> blocks;
    std::optional<std::int64_t> next;
};
json::Object toJson(const Results& results);
json::Node toJson(const store::Track& track, const std::vector<store::Recording>& recordings,
                  const Results& results);

/// `{"<name>":[…],"nextCursor":…}`.
template <typename T, typename Make>
json::Node toJson(const char* name, const store::Page<T>& page, Make make) {
    return json::Object()
        .node(name, json::array(page.items, make))
        .node("nextCursor", page.next ? json::text(page.next->text()) : json::Node())
        .node();
}

} // namespace lm::rest
