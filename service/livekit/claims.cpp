#include "service/livekit/claims.hpp"

#include "service/json/object.hpp"

namespace lm::livekit {
namespace {

json::Object registered(const std::string& apiKey, const std::string& subject, std::int64_t now,
                        std::chrono::seconds life) {
    json::Object claims;
    claims.text("iss", apiKey);
    if (!subject.empty()) claims.text("sub", subject);
    claims.count("nbf", static_cast<std::uint64_t>(now));
    return claims.count("exp", static_cast<std::uint64_t>(now + life.count()));
}

} // namespace

std::string joinClaims(const std::string& apiKey, const Join& join, std::int64_t now,
                       std::chrono::seconds life) {
    json::Object video;
    video.text("room", join.room).boolean("roomJoin", true).boolean("canPublish", true);
    video.boolean("canPublishData", true).boolean("canSubscribe", true).boolean("canUpdateOwnMetadata", true);
    auto claims = registered(apiKey, join.identity, now, life);
    claims.text("name", join.name);
    if (!join.metadata.empty()) claims.text("metadata", join.metadata);
    return claims.node("video", video.node()).str();
}

std::string requestClaims(const std::string& apiKey, const Grants& grants, std::int64_t now,
                          std::chrono::seconds life) {
    json::Object video;
    if (grants.roomList) video.boolean("roomList", true);
    if (grants.roomRecord) video.boolean("roomRecord", true);
    if (!grants.adminOf.empty()) video.boolean("roomAdmin", true).text("room", grants.adminOf);
    return registered(apiKey, "", now, life).node("video", video.node()).str();
}

} // namespace lm::livekit
