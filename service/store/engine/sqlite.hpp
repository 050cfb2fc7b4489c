#pragma once

#include "service/store/engine/address.hpp"
#include "service/store/engine/connection.hpp"
#include "service/store/engine/interrupt.hpp"
#include "service/store/engine/limits.hpp"

#include <chrono>
#include <map>
#include <memory>

struct sqlite3;
struct sqlite3_stmt;

namespace lm::store {

/// A file, in WAL mode: readers and a writer do not wait for each other, and after a crash of the machine the
/// last transactions may be missing but never half there. It is synchronised at checkpoints alone: a
/// synchronisation for every commit makes the recordings on the same disk wait.
class SqliteConnection : public Connection {
public:
    /// `interrupt` outlives the connection.
    static Outcome<std::unique_ptr<Connection>> open(const SqliteAddress& address, const Limits& limits,
                                                     const Interrupt& interrupt,
                                                     Access access = Access::ReadWrite);

    using Connection::run;
    Outcome<Rows> run(const std::string& sql, const Values& values) override;
    Outcome<Done> script(const std::string& sql) override;
    Outcome<Done> begin() override { return script("BEGIN IMMEDIATE"); }
    Outcome<Done> beginAlone() override { return begin(); }
    Outcome<bool> hasTable(const std::string& name) override;
    bool usable() const override { return usable_; }
    std::string_view engine() const override { return "SQLite"; }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

    SqliteConnection(std::string path, const Limits& limits, const Interrupt& interrupt)
        : path_(std::move(path)), limits_(limits), interrupt_(interrupt) {}
    Outcome<Done> prepareFile();
    Outcome<sqlite3_stmt*> prepared(const std::string& sql);
    Failure failure(int code);
    bool mustEnd() const;

    const std::string path_;
    const Limits limits_;
    const Interrupt& interrupt_;
    std::chrono::steady_clock::time_point deadline_{}; // of the statement that runs
    bool usable_ = true;
    std::unique_ptr<sqlite3, Close> database_;
    std::map<std::string, Statement> statements_; // as many as the program has
};

} // namespace lm::store
