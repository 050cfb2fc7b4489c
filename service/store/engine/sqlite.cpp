#include "service/store/engine/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>

namespace lm::store {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds busyPause{5};
constexpr int stepsBetweenLooks = 10'000; // of SQLite's machine: well below a millisecond

Failure::Kind kindOf(int code) {
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return Failure::Kind::Conflict;
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
    case SQLITE_MISUSE:
        return Failure::Kind::Refused;
    default:
        // Also what looks final, such as a missing table: an operator can mend it, and nothing is lost until
        // then.
        return Failure::Kind::Away;
    }
}

/// Whether only opening the file again can help.
bool breaks(int code) {
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
        return true;
    default:
        return false;
    }
}

void bindValue(sqlite3_stmt* statement, int index, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value.data()))
        sqlite3_bind_int64(statement, index, *number);
    else if (const auto* text = std::get_if<std::string>(&value.data()))
        sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
}

Row readRow(sqlite3_stmt* statement) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
        row.push_back(text ? Cell(std::string(text, size)) : Cell());
    }
    return row;
}

/// A statement that is used again: whatever happened, it lets go of its rows, locks and values.
class Use {
public:
    explicit Use(sqlite3_stmt* statement) : statement_(statement) {}
    ~Use() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

private:
    sqlite3_stmt* statement_;
};

/// Meeting and user names are nobody's business but the service's: SQLite itself would make a file that
/// everybody reads.
void makePrivateFile(const std::string& path) {
    const OwnedFd made(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0640));
}

} // namespace

void SqliteConnection::Close::operator()(sqlite3* database) const {
    sqlite3_close(database);
}

void SqliteConnection::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Outcome<std::unique_ptr<Connection>> SqliteConnection::open(const SqliteAddress& address,
                                                            const Limits& limits, const Interrupt& interrupt,
                                                            Access access) {
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(address.path, limits, interrupt));
    const bool writes = access == Access::ReadWrite;
    if (writes) makePrivateFile(address.path);
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(address.path.c_str(), &database,
                                     (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     nullptr);
    connection->database_.reset(database);
    if (code != SQLITE_OK) return connection->failure(code);
    sqlite3_busy_handler(
        database,
        [](void* self, int) -> int {
            const auto& me = *static_cast<SqliteConnection*>(self);
            return !me.interrupt_.waitFor(busyPause) && !me.mustEnd();
        },
        connection.get());
    sqlite3_progress_handler(
        database, stepsBetweenLooks,
        [](void* self) -> int { return static_cast<SqliteConnection*>(self)->mustEnd(); }, connection.get());
    if (writes)
        if (auto ready = connection->prepareFile(); !ready) return ready.failure();
    return std::unique_ptr<Connection>(std::move(connection));
}

Outcome<Done> SqliteConnection::prepareFile() {
    deadline_ = steady_clock::now() + limits_.connect;
    for (;;) {
        const int code =
            sqlite3_exec(database_.get(), "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", nullptr,
                         nullptr, nullptr);
        if (code == SQLITE_OK) return Done{};
        // Whoever changes a new file to WAL at the same time is not waited for by the busy handler.
        if ((code & 0xff) != SQLITE_BUSY || mustEnd() || interrupt_.waitFor(busyPause)) return failure(code);
    }
}

Outcome<sqlite3_stmt*> SqliteConnection::prepared(const std::string& sql) {
    auto& statement = statements_[sql];
    if (!statement) {
        sqlite3_stmt* made = nullptr;
        const int code =
            sqlite3_prepare_v3(database_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
        statement.reset(made);
        if (code != SQLITE_OK) return failure(code);
    }
    return statement.get();
}

Outcome<Rows> SqliteConnection::run(const std::string& sql, const Values& values) {
    deadline_ = steady_clock::now() + limits_.statement;
    const auto statement = prepared(sql);
    if (!statement) return statement.failure();
    const Use use(*statement);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string name = std::string("$").append(std::to_string(i + 1));
        if (const int index = sqlite3_bind_parameter_index(*statement, name.c_str()))
            bindValue(*statement, index, values[i]);
    }
    Rows rows;
    for (;;) {
        const int code = sqlite3_step(*statement);
        if (code == SQLITE_DONE) return rows;
        if (code != SQLITE_ROW) return failure(code);
        rows.push_back(readRow(*statement));
    }
}

Outcome<Done> SqliteConnection::script(const std::string& sql) {
    deadline_ = steady_clock::now() + limits_.statement;
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(code);
    return Done{};
}

Outcome<bool> SqliteConnection::hasTable(const std::string& name) {
    const auto rows = run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", {name});
    if (!rows) return rows.failure();
    return !rows->empty();
}

Failure SqliteConnection::failure(int code) {
    if (breaks(code)) usable_ = false;
    const Failure::Kind kind = kindOf(code);
    if (kind == Failure::Kind::Conflict) return {kind, "a value that must be unique is there already"};
    // It names tables and columns and repeats statements, but never values: those are bound.
    return {kind, path_ + ": " + (database_ ? sqlite3_errmsg(database_.get()) : sqlite3_errstr(code))};
}

bool SqliteConnection::mustEnd() const {
    return interrupt_.raised() || steady_clock::now() >= deadline_;
}

} // namespace lm::store
