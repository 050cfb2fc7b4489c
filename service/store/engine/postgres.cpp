#include "service/store/engine/postgres.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace lm::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The advisory lock of beginAlone: two numbers that no other program is likely to have chosen.
constexpr char aloneLock[] = "SELECT pg_advisory_xact_lock(1819108450, 1)";

/// By the class of the SQLSTATE (PostgreSQL manual, appendix A).
Failure::Kind kindOf(const std::string& state) {
    if (state == "23505") return Failure::Kind::Conflict;
    for (const char* final : {"22", "23", "54"}) // data, integrity, program limit
        if (state.starts_with(final)) return Failure::Kind::Refused;
    // Also what looks final, such as a missing table or right: an operator can mend it, and nothing is lost
    // until then.
    return Failure::Kind::Away;
}

/// The values of a statement as libpq takes them.
class Parameters {
public:
    explicit Parameters(const Values& values) {
        texts_.reserve(values.size());
        for (const Value& value : values) {
            if (const auto* number = std::get_if<std::int64_t>(&value.data()))
                texts_.push_back(std::to_string(*number));
            else if (const auto* text = std::get_if<std::string>(&value.data()))
                texts_.push_back(*text);
            else
                texts_.emplace_back();
            const bool null = std::holds_alternative<std::monostate>(value.data());
            pointers_.push_back(null ? nullptr : texts_.back().c_str());
        }
    }
    int size() const { return static_cast<int>(pointers_.size()); }
    const char* const* data() const { return pointers_.data(); }

private:
    std::vector<std::string> texts_;
    std::vector<const char*> pointers_;
};

Rows readRows(const PGresult* result) {
    Rows rows;
    for (int r = 0; r < PQntuples(result); ++r) {
        Row& row = rows.emplace_back();
        for (int c = 0; c < PQnfields(result); ++c) {
            if (PQgetisnull(result, r, c))
                row.emplace_back();
            else
                row.emplace_back(std::string(PQgetvalue(result, r, c),
                                             static_cast<std::size_t>(PQgetlength(result, r, c))));
        }
    }
    return rows;
}

bool failed(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

/// On one line, without what libpq ends its messages with, and without the password.
std::string tidy(std::string text, const char* password) {
    for (char& c : text)
        if (c == '\n' || c == '\t') c = ' ';
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    const std::string secret = password ? password : "";
    for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos; at += 3)
        text.replace(at, secret.size(), "***");
    return text;
}

} // namespace

void PostgresConnection::Finish::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

void PostgresConnection::Clear::operator()(pg_result* result) const {
    PQclear(result);
}

Outcome<std::unique_ptr<Connection>> PostgresConnection::open(const PostgresAddress& address,
                                                              const Limits& limits,
                                                              const Interrupt& interrupt, Access access) {
    std::unique_ptr<PostgresConnection> connection(new PostgresConnection(address, limits, interrupt));
    if (auto connected = connection->connect(); !connected) return connected.failure();
    if (auto entered = connection->enterSchema(access); !entered) return entered.failure();
    return std::unique_ptr<Connection>(std::move(connection));
}

Outcome<Done> PostgresConnection::connect() {
    const Time deadline = steady_clock::now() + limits_.connect;
    // What stands later wins over what the URI says of the same.
    const char* const keywords[] = {"fallback_application_name", "dbname", "client_encoding", nullptr};
    const char* const values[] = {"live-meetingd", address_.uri.c_str(), "UTF8", nullptr};
    connection_.reset(PQconnectStartParams(keywords, values, 1));
    if (!connection_) throw std::bad_alloc();
    // What the server has to say is in results; nothing of it belongs on standard error.
    PQsetNoticeReceiver(
        connection_.get(), [](void*, const PGresult*) {}, nullptr);
    auto next = PQstatus(connection_.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) return broken(lastWords());
        auto ready = await(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
        if (!ready) return ready;
        next = PQconnectPoll(connection_.get());
    }
    if (PQsetnonblocking(connection_.get(), 1) != 0) return broken(lastWords());
    return Done{};
}

Outcome<Done> PostgresConnection::enterSchema(Access access) {
    if (address_.schema.empty()) return Done{};
    char* quoted = PQescapeIdentifier(connection_.get(), address_.schema.data(), address_.schema.size());
    if (!quoted) return broken(lastWords());
    const std::string name = quoted;
    PQfreemem(quoted);
    // As Prisma does. Asked first, because the right to make one may be missing where there is nothing to do.
    if (access == Access::ReadWrite) {
        const auto there = run("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {address_.schema});
        if (!there) return there.failure();
        if (there->empty())
            if (auto made = script("CREATE SCHEMA IF NOT EXISTS " + name); !made) return made;
    }
    return script("SET search_path TO " + name);
}

Outcome<Rows> PostgresConnection::run(const std::string& sql, const Values& values) {
    const Time deadline = steady_clock::now() + limits_.statement;
    const Parameters parameters(values);
    if (!usable()) return broken("the connection is lost");
    if (!PQsendQueryParams(connection_.get(), sql.c_str(), parameters.size(), nullptr, parameters.data(),
                           nullptr, nullptr, 0))
        return broken(lastWords());
    const auto answer = receive(deadline);
    if (!answer) return answer.failure();
    return readRows(answer->get());
}

Outcome<Done> PostgresConnection::script(const std::string& sql) {
    const Time deadline = steady_clock::now() + limits_.statement;
    if (!usable()) return broken("the connection is lost");
    if (!PQsendQuery(connection_.get(), sql.c_str())) return broken(lastWords());
    const auto answer = receive(deadline);
    if (!answer) return answer.failure();
    return Done{};
}

Outcome<Done> PostgresConnection::beginAlone() {
    if (auto begun = begin(); !begun) return begun;
    const auto locked = run(aloneLock);
    if (locked) return Done{};
    rollback();
    return locked.failure();
}

Outcome<bool> PostgresConnection::hasTable(const std::string& name) {
    const auto rows = run("SELECT to_regclass(quote_ident($1)) IS NOT NULL", {name});
    if (!rows) return rows.failure();
    return rows->at(0).at(0) == "t";
}

bool PostgresConnection::usable() const {
    return usable_ && connection_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

Outcome<Done> PostgresConnection::await(short events, Time deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        pollfd fds[] = {{PQsocket(connection_.get()), events, 0}, {interrupt_.fd(), POLLIN, 0}};
        const int ready = ::poll(fds, 2, static_cast<int>(std::max(left, milliseconds(0)).count()));
        if (ready < 0 && errno == EINTR) continue;
        if (fds[1].revents) return broken("the service is shutting down");
        if (ready > 0) return Done{};
        return broken("no answer from " + address_.place + " in time");
    }
}

Outcome<Done> PostgresConnection::flush(Time deadline) {
    for (;;) {
        const int left = PQflush(connection_.get());
        if (left < 0) return broken(lastWords());
        if (left == 0) return Done{};
        // The server may want its answers read before it takes more.
        if (auto ready = await(POLLIN | POLLOUT, deadline); !ready) return ready;
        if (!PQconsumeInput(connection_.get())) return broken(lastWords());
    }
}

Outcome<PostgresConnection::Answer> PostgresConnection::receive(Time deadline) {
    if (auto sent = flush(deadline); !sent) return sent.failure();
    Answer last;
    for (;;) {
        while (PQisBusy(connection_.get())) {
            if (auto ready = await(POLLIN, deadline); !ready) return ready.failure();
            if (!PQconsumeInput(connection_.get())) return broken(lastWords());
        }
        Answer next(PQgetResult(connection_.get()));
        if (!next) break;
        if (!last || !failed(last.get())) last = std::move(next);
    }
    if (!last) return broken("no answer");
    if (failed(last.get())) return failure(last.get());
    return last;
}

Failure PostgresConnection::failure(const pg_result* result) const {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const Failure::Kind kind = kindOf(state ? state : "");
    if (kind == Failure::Kind::Conflict) return {kind, "a value that must be unique is there already"};
    // The detail would repeat values.
    return {kind, "PostgreSQL: " + (message ? tidy(message, PQpass(connection_.get())) : lastWords()) +
                      (state ? " (" + std::string(state) + ")" : "")};
}

Failure PostgresConnection::broken(const std::string& reason) {
    usable_ = false;
    return {Failure::Kind::Away, "PostgreSQL: " + reason};
}

std::string PostgresConnection::lastWords() const {
    return tidy(PQerrorMessage(connection_.get()), PQpass(connection_.get()));
}

} // namespace lm::store
