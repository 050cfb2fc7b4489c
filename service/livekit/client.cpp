#include "service/livekit/client.hpp"

#include "service/livekit/reading.hpp"

#include <utility>

namespace lm::livekit {
namespace {

Grants recordGrants() {
    Grants grants;
    grants.roomRecord = true;
    return grants;
}

Reply<json::Node> read(const CallAnswer& answer) {
    if (answer.status == 0)
        return Failure{answer.sent ? Failure::Kind::Late : Failure::Kind::Unreachable,
                       "LiveKit cannot be reached: " + answer.error};
    if (answer.status != 200) return failureFrom(answer.status, answer.body);
    auto parsed = json::parse(answer.body, "answer");
    if (!parsed || !JSON_NODE_HOLDS_OBJECT(parsed->get()))
        return Failure{Failure::Kind::Broken,
                       "LIVEKIT_URL answered what is not LiveKit's: " +
                           (parsed ? "no object" : parsed.error().message),
                       "", 200};
    return std::move(*parsed);
}

/// An egress without its id cannot be followed nor stopped.
std::function<void(Reply<json::Node>)> egressInto(Then<Egress> then) {
    return [then = std::move(then)](Reply<json::Node> reply) {
        if (!reply) return then(reply.failure());
        Egress egress = readEgress(reply->get());
        if (egress.id.empty())
            return then(Failure{Failure::Kind::Broken, "LiveKit's answer names no egress", "", 200});
        then(std::move(egress));
    };
}

template <typename T>
std::function<void(Reply<json::Node>)> listInto(std::vector<T> (*reader)(JsonNode*),
                                                Then<std::vector<T>> then) {
    return [reader, then = std::move(then)](Reply<json::Node> reply) {
        if (!reply) return then(reply.failure());
        then(reader(reply->get()));
    };
}

} // namespace

Client::Client(ClientOptions options)
    : options_(std::move(options)), context_(Ref<GMainContext>::adopt(g_main_context_ref_thread_default())),
      session_(makeSession()) {}

Client::~Client() {
    self_.reset();
    for (const auto& [number, job] : jobs_)
        if (job->call) job->call->cancel();
    soup_session_abort(session_.get());
}

void Client::listRooms(Then<std::vector<Room>> then) {
    Grants grants;
    grants.roomList = true;
    list("livekit.RoomService/ListRooms", grants, "{}", listInto<Room>(readRooms, std::move(then)));
}

void Client::listParticipants(const std::string& room, Then<std::vector<Participant>> then) {
    Grants grants;
    grants.adminOf = room;
    list("livekit.RoomService/ListParticipants", grants, roomBody(room),
         listInto<Participant>(readParticipants, std::move(then)));
}

void Client::listEgress(const EgressFilter& filter, Then<std::vector<Egress>> then) {
    nextPage(filter, "", options_.maxPages, {}, std::move(then));
}

void Client::nextPage(EgressFilter filter, const std::string& page, unsigned pagesLeft,
                      std::vector<Egress> sofar, Then<std::vector<Egress>> then) {
    const std::string body = bodyOf(filter, page);
    list("livekit.Egress/ListEgress", recordGrants(), body,
         [this, filter = std::move(filter), pagesLeft, sofar = std::move(sofar),
          then = std::move(then)](Reply<json::Node> reply) mutable {
             if (!reply) return then(reply.failure());
             std::string next;
             for (Egress& egress : readEgresses(reply->get(), next))
                 sofar.push_back(std::move(egress));
             if (next.empty()) return then(std::move(sofar));
             if (pagesLeft <= 1)
                 return then(Failure{Failure::Kind::Broken, "LiveKit's list of egresses has no end"});
             nextPage(std::move(filter), next, pagesLeft - 1, std::move(sofar), std::move(then));
         });
}

void Client::startTrackEgress(const TrackEgressRequest& request, Then<Egress> then) {
    begin({"livekit.Egress/StartTrackEgress", recordGrants(), bodyOf(request), options_.startTimeout, 1,
           options_.retryDelay, egressInto(std::move(then))});
}

void Client::startRoomComposite(const CompositeRequest& request, Then<Egress> then) {
    begin({"livekit.Egress/StartRoomCompositeEgress", recordGrants(), bodyOf(request), options_.startTimeout,
           1, options_.retryDelay, egressInto(std::move(then))});
}

void Client::stopEgress(const std::string& id, Then<Egress> then) {
    list("livekit.Egress/StopEgress", recordGrants(), egressBody(id), egressInto(std::move(then)));
}

void Client::list(const char* method, const Grants& grants, std::string body,
                  std::function<void(Reply<json::Node>)> then) {
    begin({method, grants, std::move(body), options_.listTimeout, options_.listAttempts, options_.retryDelay,
           std::move(then)});
}

void Client::begin(Job job) {
    const std::uint64_t number = ++lastJob_;
    jobs_.emplace(number, std::make_unique<Job>(std::move(job)));
    send(number);
}

/// A token of its own for every attempt: it may have waited.
void Client::send(std::uint64_t number) {
    Job& job = *jobs_.at(number);
    --job.attempts;
    ++stats_.requests;
    const CallRequest request{options_.origin + "/twirp/" + job.method, "Bearer " + options_.mint(job.grants),
                              job.body, job.timeout};
    job.call = Call::start(session_.get(), context_.get(), request,
                           [number, self = std::weak_ptr<Client*>(self_)](CallAnswer answer) {
                               if (const auto client = self.lock()) (*client)->arrived(number, answer);
                           });
}

void Client::arrived(std::uint64_t number, const CallAnswer& answer) {
    Job& job = *jobs_.at(number);
    job.call.reset();
    Reply<json::Node> reply = read(answer);
    if (!reply && job.attempts > 0 && isPassing(reply.failure().kind)) {
        job.timer = Timer(context_.get(), job.delay, [this, number] { send(number); });
        job.delay *= 2;
        return;
    }
    if (!reply) ++stats_.failures;
    const auto node = jobs_.extract(number);
    node.mapped()->then(std::move(reply));
}

} // namespace lm::livekit
