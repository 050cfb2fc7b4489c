#include "service/livekit/requests.hpp"

#include "service/json/object.hpp"

#include <array>

namespace lm::livekit {
namespace {

json::Node s3(const S3Upload& upload) {
    json::Object s3;
    s3.text("accessKey", upload.keyId).text("secret", upload.secret).text("bucket", upload.bucket);
    if (!upload.region.empty()) s3.text("region", upload.region);
    if (!upload.endpoint.empty()) s3.text("endpoint", upload.endpoint);
    if (upload.forcePathStyle) s3.boolean("forcePathStyle", true);
    return s3.node();
}

} // namespace

std::string bodyOf(const TrackEgressRequest& request) {
    return json::Object()
        .text("roomName", request.roomName)
        .text("trackId", request.trackId)
        .text("websocketUrl", request.websocketUrl)
        .str();
}

std::string bodyOf(const CompositeRequest& request) {
    const auto file = [&](int) {
        return json::Object().text("filepath", request.filepath).node("s3", s3(request.upload)).node();
    };
    return json::Object()
        .text("roomName", request.roomName)
        .text("layout", request.layout)
        .node("fileOutputs", json::array(std::array{0}, file))
        .str();
}

std::string bodyOf(const EgressFilter& filter, const std::string& page) {
    json::Object body;
    if (!filter.roomName.empty()) body.text("roomName", filter.roomName);
    if (filter.active) body.boolean("active", true);
    if (!page.empty()) body.node("pageToken", json::Object().text("token", page).node());
    return body.str();
}

std::string roomBody(const std::string& roomName) {
    return json::Object().text("room", roomName).str();
}

std::string egressBody(const std::string& egressId) {
    return json::Object().text("egressId", egressId).str();
}

} // namespace lm::livekit
