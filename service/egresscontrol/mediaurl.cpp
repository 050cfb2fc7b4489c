#include "service/egresscontrol/mediaurl.hpp"

#include "plugins/common/handles.hpp"
#include "service/security/mediatoken.hpp"

namespace lm::egresscontrol {

std::string MediaUrl::of(const autoegress::Publication& track, std::int64_t now) const {
    // What LiveKit's egress always sends; our default would be one channel.
    domain::EgressParameters parameters{
        {"channels", "2"},        {"meetingId", track.roomSid}, {"participant", track.participant},
        {"roomName", track.room}, {"sampleRate", "48000"},      {"trackId", track.track}};
    std::erase_if(parameters, [](const auto& parameter) { return parameter.second.empty(); });
    if (!secret_.empty()) {
        const auto expires = now + std::chrono::seconds(life).count();
        parameters[domain::tokenParameter] = security::signMediaUrl(secret_, path, parameters, expires);
    }
    std::string url = place_;
    char mark = '?';
    for (const auto& [name, value] : parameters) {
        const Owned<char> encoded(g_uri_escape_string(value.c_str(), nullptr, FALSE));
        url.append(1, std::exchange(mark, '&')).append(name).append("=").append(encoded.get());
    }
    return url;
}

} // namespace lm::egresscontrol
