#include "service/replicas/listener.hpp"

#include "service/logging/log.hpp"
#include "service/replicas/waiting.hpp"
#include "service/socketio/jsontext.hpp"
#include "service/socketio/msgpack.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <utility>

namespace lm::replicas {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t maxNotify = 8000; // PostgreSQL's limit, and the reference's
// What is larger than a server sends stays in the database: libpq would hold it whole.
const std::string fetchAttachment = "SELECT payload FROM socket_io_attachments WHERE id = $1::bigint AND "
                                    "octet_length(payload) <= " +
                                    std::to_string(maxWaitingBytes);
constexpr seconds beatEvery{5};
constexpr seconds cleanEvery{30};
constexpr milliseconds retryAfter{1000};

/// Calls what the relay wants called, if it is still there. The calls must only post.
template <typename Call> void tell(PostgresRelay::Shared& shared, Call call) {
    auto callbacks = shared.callbacks.lock(); // held: none may run once the relay is gone
    if (callbacks->received) call(*callbacks);
}

std::string textOf(std::optional<std::string_view> json) {
    return json ? socketio::unquote(*json).value_or(std::string()) : std::string();
}

} // namespace

void Listener::Finish::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

void Listener::Clear::operator()(pg_result* result) const {
    PQclear(result);
}

void Listener::run(PostgresRelay::Shared& shared) {
    while (!shared.queue.lock()->stopped) {
        if (connect()) {
            away_ = false;
            shared.queue.lock()->connected = true;
            tell(shared, [](const auto& callbacks) { callbacks.connected(); });
            serve(shared);
        }
        auto queue = shared.queue.lock();
        queue->connected = false;
        shared.dropped += queue->messages.size();
        queue->messages.clear();
        queue->bytes = 0;
        if (queue->stopped) return;
        queue.unlocked([&] {
            if (!std::exchange(away_, true))
                logging::warning("replicas", "broadcasts do not reach other replicas: the database is away",
                                 {{"place", address_.place}});
            connection_.reset();
            wait(shared, -1, retryAfter);
        });
    }
}

bool Listener::connect() {
    const char* const keywords[] = {"fallback_application_name", "dbname",           "client_encoding",
                                    "connect_timeout",           "tcp_user_timeout", nullptr};
    const char* const values[] = {
        "live-meetingd replicas", address_.uri.c_str(), "UTF8", "5", "10000", nullptr};
    connection_.reset(PQconnectdbParams(keywords, values, 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) return false;
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const PGresult*) {}, nullptr);
    if (!address_.schema.empty()) {
        const std::unique_ptr<char, decltype(&PQfreemem)> name(
            PQescapeIdentifier(connection_.get(), address_.schema.data(), address_.schema.size()), PQfreemem);
        if (!name || !execute(std::string("SET search_path TO ") + name.get())) return false;
    }
    // The table is the reference's; two servers that make it at once may fail: it is there then.
    execute("CREATE TABLE IF NOT EXISTS socket_io_attachments (id bigserial UNIQUE, created_at timestamptz "
            "DEFAULT "
            "NOW(), payload bytea)");
    return execute("LISTEN \"" + channel_ + '"');
}

bool Listener::execute(const std::string& sql) {
    const Result result(PQexec(connection_.get(), sql.c_str()));
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
}

void Listener::serve(PostgresRelay::Shared& shared) {
    Clock::time_point beat = Clock::now() + beatEvery, clean = Clock::now() + cleanEvery;
    while (sendWaiting(shared) && PQstatus(connection_.get()) == CONNECTION_OK) {
        if (!PQconsumeInput(connection_.get())) return;
        using Notify = std::unique_ptr<PGnotify, decltype(&PQfreemem)>;
        while (const Notify notified{PQnotifies(connection_.get()), PQfreemem})
            receive(shared, notified->extra);
        const auto now = Clock::now();
        if (now >= beat) {
            beat = now + beatEvery;
            tell(shared, [](const auto& callbacks) { callbacks.beat(); });
        }
        if (now >= clean) {
            clean = now + cleanEvery;
            execute("DELETE FROM socket_io_attachments WHERE created_at < NOW() - INTERVAL '30 seconds'");
            continue; // what was heard meanwhile is in libpq, and no descriptor tells
        }
        wait(shared, PQsocket(connection_.get()),
             std::chrono::ceil<milliseconds>(std::min(beat, clean) - now));
    }
}

void Listener::wait(const PostgresRelay::Shared& shared, int descriptor, milliseconds time) {
    std::array<pollfd, 2> ready{{{shared.wake, POLLIN, 0}, {descriptor, POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(time.count()));
    eventfd_t count = 0;
    ::eventfd_read(shared.wake, &count);
}

bool Listener::sendWaiting(PostgresRelay::Shared& shared) {
    std::deque<socketio::ClusterMessage> waiting;
    {
        auto queue = shared.queue.lock();
        if (queue->stopped) return false;
        waiting.swap(queue->messages);
        queue->bytes = 0;
    }
    for (const socketio::ClusterMessage& message : waiting)
        if (!send(message)) ++shared.dropped;
    return true;
}

bool Listener::send(const socketio::ClusterMessage& message) {
    if (message.json.size() < maxNotify && message.attachments.empty()) return notify(message.json);
    const auto id = store(message);
    const auto type = socketio::memberOf(message.json, "type");
    if (!id || !type) return false;
    return notify("{\"uid\":" + socketio::quote(uid_) + ",\"type\":" + std::string(*type) +
                  ",\"attachmentId\":" + socketio::quote(*id) + '}');
}

bool Listener::notify(const std::string& payload) {
    const char* const values[] = {channel_.c_str(), payload.c_str()};
    const Result result(
        PQexecParams(connection_.get(), "SELECT pg_notify($1, $2)", 2, nullptr, values, nullptr, nullptr, 0));
    return PQresultStatus(result.get()) == PGRES_TUPLES_OK;
}

std::optional<std::string> Listener::store(const socketio::ClusterMessage& message) {
    const auto packed = socketio::toMsgpack(message.json, message.attachments);
    if (!packed) return std::nullopt;
    const char* const values[] = {packed->data()};
    const int lengths[] = {static_cast<int>(packed->size())};
    const int formats[] = {1};
    const Result result(PQexecParams(
        connection_.get(), "INSERT INTO socket_io_attachments (payload) VALUES ($1::bytea) RETURNING id", 1,
        nullptr, values, lengths, formats, 0));
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return std::nullopt;
    return PQgetvalue(result.get(), 0, 0);
}

void Listener::receive(PostgresRelay::Shared& shared, const char* payload) {
    socketio::ClusterMessage message{payload};
    if (!socketio::isJson(message.json) || textOf(socketio::memberOf(message.json, "uid")) == uid_) return;
    if (const auto id = socketio::memberOf(message.json, "attachmentId")) {
        auto fetched = fetch(textOf(id));
        if (!fetched) return;
        message = std::move(*fetched);
    }
    tell(shared, [&](const auto& callbacks) { callbacks.received(std::move(message)); });
}

std::optional<socketio::ClusterMessage> Listener::fetch(const std::string& id) {
    const char* const values[] = {id.c_str()};
    const Result result(
        PQexecParams(connection_.get(), fetchAttachment.c_str(), 1, nullptr, values, nullptr, nullptr, 1));
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK || PQntuples(result.get()) != 1) return std::nullopt;
    auto unpacked = socketio::fromMsgpack(
        {PQgetvalue(result.get(), 0, 0), static_cast<std::size_t>(PQgetlength(result.get(), 0, 0))});
    if (!unpacked) return std::nullopt;
    return socketio::ClusterMessage{std::move(unpacked->json), std::move(unpacked->attachments)};
}

} // namespace lm::replicas
