#include "service/socketio/cluster.hpp"

#include "service/socketio/jsontext.hpp"

#include <utility>

namespace lm::socketio {
namespace {

/// The types of messages that are meant for this kind of server.
enum Type {
    Greeting = 1,
    Heartbeat = 2,
    Broadcast = 3,
    Join = 4,
    Leave = 5,
    Disconnect = 6,
    FetchSockets = 7,
    FetchSocketsResponse = 8,
    BroadcastClientCount = 11,
};

std::vector<std::string> texts(std::optional<std::string_view> json) {
    std::vector<std::string> all;
    if (const auto elements = json ? splitArray(*json) : std::nullopt)
        for (const std::string_view element : *elements)
            if (auto text = unquote(element)) all.push_back(std::move(*text));
    return all;
}

Target targetOf(std::string_view data) {
    const auto options = memberOf(data, "opts");
    if (!options) return {};
    return {texts(memberOf(*options, "rooms")), texts(memberOf(*options, "except"))};
}

std::string list(const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    for (const std::string& name : names)
        quoted.push_back(quote(name));
    return joinArray(quoted);
}

} // namespace

Cluster::Cluster(std::string uid, Namespace& space, Send send)
    : uid_(std::move(uid)), space_(space), send_(std::move(send)) {}

void Cluster::tell(int type, const std::string& data, std::vector<engineio::SharedOutgoing> attachments) {
    std::string json = "{\"type\":" + std::to_string(type);
    if (!data.empty()) json.append(",\"data\":").append(data);
    json.append(",\"uid\":").append(quote(uid_)).append(",\"nsp\":").append(quote(space_.name())).append("}");
    send_({std::move(json), std::move(attachments)});
}

void Cluster::publish(const std::string& space, const Target& target, std::string_view name,
                      const Values& values) {
    std::vector<std::string> packet{quote(name)};
    packet.insert(packet.end(), values.arguments.begin(), values.arguments.end());
    std::string data = R"({"packet":{"type":2,"data":)";
    data.append(joinArray(packet)).append(",\"nsp\":").append(quote(space));
    data.append(R"(},"opts":{"rooms":)").append(list(target.rooms)).append(",\"except\":");
    tell(Broadcast, data.append(list(target.except)).append(R"(,"flags":{}}})"), values.attachments);
}

void Cluster::receive(const ClusterMessage& message) {
    if (!isJson(message.json)) return;
    const auto uid = memberOf(message.json, "uid");
    if (!uid || unquote(*uid) == uid_) return; // our own
    const auto space = memberOf(message.json, "nsp");
    if (space && unquote(*space) != space_.name()) return;
    const auto type = memberOf(message.json, "type");
    const auto data = memberOf(message.json, "data");
    if (type == "1") return tell(Heartbeat);
    if (!type || !data) return;
    if (type == "3") broadcast(*data, message.attachments);
    if (type == "4") move(*data, true);
    if (type == "5") move(*data, false);
    if (type == "6")
        for (Socket* socket : space_.select(targetOf(*data)))
            memberOf(*data, "close") == "true" ? socket->closeConnection() : socket->disconnect();
    if (type == "7") describe(*data);
}

void Cluster::broadcast(std::string_view data, const std::vector<engineio::SharedOutgoing>& attachments) {
    const auto packet = memberOf(data, "packet");
    const auto elements = packet ? memberOf(*packet, "data") : std::nullopt;
    const auto values = elements ? splitArray(*elements) : std::nullopt;
    const auto name = values && !values->empty() ? unquote(values->front()) : std::nullopt;
    if (!name || (!attachments.empty() && !checkPlaceholders(*elements, attachments.size()))) return;
    Values event{{values->begin() + 1, values->end()}, attachments};
    space_.emitHere(targetOf(data), *name, event);
    // Who wants to be answered by clients is told that none here will.
    if (const auto request = memberOf(data, "requestId"))
        tell(BroadcastClientCount, "{\"requestId\":" + std::string(*request) + ",\"clientCount\":0}");
}

void Cluster::move(std::string_view data, bool join) {
    const auto rooms = texts(memberOf(data, "rooms"));
    for (Socket* socket : space_.select(targetOf(data)))
        for (const std::string& room : rooms)
            join ? socket->join(room) : socket->leave(room);
}

void Cluster::describe(std::string_view data) {
    const auto request = memberOf(data, "requestId");
    if (!request) return;
    std::vector<std::string> sockets;
    for (const Socket* socket : space_.select(targetOf(data))) {
        std::vector<std::string> rooms{socket->id()};
        rooms.insert(rooms.end(), socket->rooms().begin(), socket->rooms().end());
        sockets.push_back("{\"id\":" + quote(socket->id()) + R"(,"handshake":{},"rooms":)" + list(rooms) +
                          R"(,"data":{}})");
    }
    tell(FetchSocketsResponse,
         "{\"requestId\":" + std::string(*request) + ",\"sockets\":" + joinArray(sockets) + '}');
}

} // namespace lm::socketio
