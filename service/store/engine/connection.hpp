#pragma once

#include "service/store/engine/outcome.hpp"
#include "service/store/engine/value.hpp"

#include <string>
#include <string_view>

namespace lm::store {

/// A connection to a database: the little that its engines do differently. Statements are in the SQL both
/// understand, with `$1`, `$2`, … for values. Belongs to one thread, which it blocks up to the limits it was
/// opened with, or until the Interrupt it was opened with is raised.
class Connection {
public:
    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs one statement and returns its rows.
    virtual Outcome<Rows> run(const std::string& sql, const Values& values) = 0;
    Outcome<Rows> run(const std::string& sql) { return run(sql, {}); }
    /// Runs any number of statements without values.
    virtual Outcome<Done> script(const std::string& sql) = 0;
    /// Begins a transaction that may write.
    virtual Outcome<Done> begin() = 0;
    /// Begins a transaction beside which no other of its kind runs on this database, of whatever process.
    virtual Outcome<Done> beginAlone() = 0;
    /// After a failure the transaction is over, unless the connection is not usable any more: then nobody
    /// knows.
    Outcome<Done> commit();
    void rollback();

    /// Whether a table of this name is there.
    virtual Outcome<bool> hasTable(const std::string& name) = 0;
    /// False once it is broken: then only a new one helps.
    virtual bool usable() const = 0;
    /// `SQLite` or `PostgreSQL`.
    virtual std::string_view engine() const = 0;
};

/// Runs `work`, which returns an Outcome, in a transaction: it is committed when that succeeded, else nothing
/// has happened.
template <typename Work> auto inTransaction(Connection& connection, Work&& work) -> decltype(work()) {
    if (auto begun = connection.begin(); !begun) return begun.failure();
    auto result = work();
    if (!result) {
        connection.rollback();
        return result;
    }
    if (auto committed = connection.commit(); !committed) return committed.failure();
    return result;
}

} // namespace lm::store
