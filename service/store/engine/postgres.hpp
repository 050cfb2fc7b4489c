#pragma once

#include "service/store/engine/address.hpp"
#include "service/store/engine/connection.hpp"
#include "service/store/engine/interrupt.hpp"
#include "service/store/engine/limits.hpp"

#include <chrono>
#include <memory>

struct pg_conn;
struct pg_result;

namespace lm::store {

/// A connection to a server. Everything waits in poll with a deadline, so that a server that vanished without
/// a word costs `limits`, not the quarter of an hour of TCP; only the resolver, asked for a host by its name,
/// takes as long as it likes.
class PostgresConnection : public Connection {
public:
    /// `interrupt` outlives the connection.
    static Outcome<std::unique_ptr<Connection>> open(const PostgresAddress& address, const Limits& limits,
                                                     const Interrupt& interrupt,
                                                     Access access = Access::ReadWrite);

    using Connection::run;
    Outcome<Rows> run(const std::string& sql, const Values& values) override;
    Outcome<Done> script(const std::string& sql) override;
    Outcome<Done> begin() override { return script("BEGIN"); }
    Outcome<Done> beginAlone() override;
    Outcome<bool> hasTable(const std::string& name) override;
    bool usable() const override;
    std::string_view engine() const override { return "PostgreSQL"; }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Finish {
        void operator()(pg_conn* connection) const;
    };
    struct Clear {
        void operator()(pg_result* result) const;
    };
    using Answer = std::unique_ptr<pg_result, Clear>;

    PostgresConnection(const PostgresAddress& address, const Limits& limits, const Interrupt& interrupt)
        : address_(address), limits_(limits), interrupt_(interrupt) {}
    Outcome<Done> connect();
    Outcome<Done> enterSchema(Access access);
    /// Waits until the socket is readable or writable as `events` say.
    Outcome<Done> await(short events, Time deadline);
    Outcome<Done> flush(Time deadline);
    /// The result of what was sent: the last, or the first that failed.
    Outcome<Answer> receive(Time deadline);
    Failure failure(const pg_result* result) const;
    /// The connection's own failure; it is not usable any more.
    Failure broken(const std::string& reason);
    std::string lastWords() const;

    const PostgresAddress address_;
    const Limits limits_;
    const Interrupt& interrupt_;
    bool usable_ = true;
    std::unique_ptr<pg_conn, Finish> connection_;
};

} // namespace lm::store
