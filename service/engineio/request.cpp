#include "service/engineio/request.hpp"

#include "service/domain/query.hpp"

namespace lm::engineio {
namespace {

constexpr std::string_view spoken = "4";

const char* messageOf(Refusal refusal) {
    switch (refusal) {
    case Refusal::TransportUnknown:
        return "Transport unknown";
    case Refusal::SessionUnknown:
        return "Session ID unknown";
    case Refusal::BadHandshakeMethod:
        return "Bad handshake method";
    case Refusal::BadRequest:
        return "Bad request";
    case Refusal::Forbidden:
        return "Forbidden";
    case Refusal::UnsupportedVersion:
        return "Unsupported protocol version";
    }
    return "";
}

} // namespace

Query parseQuery(std::string_view query) {
    Query read;
    for (const auto& [name, value] : domain::splitQuery(query)) {
        std::string* target = name == "EIO"         ? &read.version
                              : name == "transport" ? &read.transport
                              : name == "sid"       ? &read.sid
                                                    : nullptr;
        if (target && target->empty()) *target = domain::decodeFormText(value).value_or(std::string());
    }
    return read;
}

Answer refuse(Refusal refusal) {
    return {refusal == Refusal::Forbidden ? 403U : 400U, "application/json",
            "{\"code\":" + std::to_string(static_cast<int>(refusal)) + ",\"message\":\"" +
                messageOf(refusal) + "\"}"};
}

Answer refuseBusy() {
    return {503, "application/json", R"({"code":3,"message":"Too many sessions"})"};
}

std::optional<Refusal> checkUpgrade(const Query& query) {
    if (query.transport != "websocket")
        return query.transport == "polling" ? Refusal::BadRequest : Refusal::TransportUnknown;
    if (query.sid.empty() && query.version != spoken) return Refusal::UnsupportedVersion;
    return std::nullopt;
}

std::optional<Refusal> checkRequest(const Query& query, std::string_view method) {
    if (query.transport != "polling" && query.transport != "websocket") return Refusal::TransportUnknown;
    if (!query.sid.empty()) return std::nullopt;
    if (method != "GET") return Refusal::BadHandshakeMethod;
    if (query.transport == "websocket") return Refusal::BadRequest;
    if (query.version != spoken) return Refusal::UnsupportedVersion;
    return std::nullopt;
}

} // namespace lm::engineio
