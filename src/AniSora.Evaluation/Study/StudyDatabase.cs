using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AniSora.Evaluation.Study;

/// <summary>What a study is.</summary>
/// <param name="Title">What raters read.</param>
/// <param name="Design">What they see at a time.</param>
/// <param name="Axes">What they judge.</param>
/// <param name="Secret">The key of the forms' tokens.</param>
/// <param name="Closed">When it was closed; null while it runs.</param>
internal sealed record StudyInfo(string Title, StudyDesign Design, IReadOnlyList<StudyAxis> Axes, byte[] Secret, DateTimeOffset? Closed)
{
    /// <summary>The least and the most that an answer may be.</summary>
    public (int Least, int Most) Range => Design == StudyDesign.Scale ? (1, 5) : (-1, 1);
}

/// <summary>
/// A study in SQLite. What was committed is on the disk: the log is synced at every commit, so that neither a killed process nor a power cut
/// loses an answer. One connection, one caller at a time; other processes may read and write the same file meanwhile. Thread-safe.
/// </summary>
internal sealed partial class StudyDatabase : IDisposable
{
    private const int SchemaVersion = 1;

    // Answers are only added; the triggers hold against whatever else runs at the time.
    private const string Schema = """
        CREATE TABLE study (title TEXT NOT NULL, design TEXT NOT NULL, axes TEXT NOT NULL, secret BLOB NOT NULL, closed TEXT) STRICT;
        CREATE TABLE models (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE clips (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, prompt TEXT, image TEXT) STRICT;
        CREATE TABLE videos (clip INTEGER NOT NULL REFERENCES clips, model INTEGER NOT NULL REFERENCES models, file TEXT NOT NULL UNIQUE, PRIMARY KEY (clip, model)) STRICT;
        CREATE TABLE raters (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL UNIQUE) STRICT;
        CREATE TABLE trials (id INTEGER PRIMARY KEY, rater INTEGER NOT NULL REFERENCES raters, position INTEGER NOT NULL, kind TEXT NOT NULL,
            clip INTEGER NOT NULL REFERENCES clips, left_model INTEGER NOT NULL REFERENCES models, right_model INTEGER REFERENCES models, expected INTEGER, UNIQUE (rater, position)) STRICT;
        CREATE TABLE answers (trial INTEGER PRIMARY KEY REFERENCES trials, milliseconds INTEGER NOT NULL, answered TEXT NOT NULL) STRICT;
        CREATE TABLE ratings (trial INTEGER NOT NULL REFERENCES answers, axis TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (trial, axis)) STRICT, WITHOUT ROWID;
        CREATE TRIGGER answers_end BEFORE INSERT ON answers WHEN (SELECT closed FROM study) IS NOT NULL BEGIN SELECT RAISE(ABORT, 'the study is closed'); END;
        CREATE TRIGGER ratings_stay BEFORE UPDATE ON ratings BEGIN SELECT RAISE(ABORT, 'a rating is never changed'); END;
        CREATE TRIGGER ratings_remain BEFORE DELETE ON ratings BEGIN SELECT RAISE(ABORT, 'a rating is never deleted'); END;
        """;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;

    private StudyDatabase(string file, SqliteOpenMode mode)
    {
        _connection = new(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ConnectionString);
        _connection.Open();
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    }

    /// <summary>For errors.</summary>
    public string File => _connection.DataSource;

    /// <summary>Opens a study.</summary>
    /// <param name="study">Its folder.</param>
    /// <exception cref="InputException">There is none, it is damaged, or another version made it.</exception>
    public static StudyDatabase Open(string study)
    {
        string file = StudyFolder.Database(study);
        if (!System.IO.File.Exists(file))
            throw new InputException($"{study}: is no study (it has no study.db); make one with `anisora study create`");
        StudyDatabase? database = null;
        try
        {
            database = new(file, SqliteOpenMode.ReadWrite);
            int version = Convert.ToInt32(database.Scalar("PRAGMA user_version"), CultureInfo.InvariantCulture);
            if (version != SchemaVersion)
                throw new InputException($"{file}: schema version is {version}, this program reads {SchemaVersion}; use the program that made the study");
            _ = database.Info();
            return database;
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException)
        {
            database?.Dispose();
            throw new InputException($"{file}: cannot be read ({e.Message}); restore it from a copy", e);
        }
        catch
        {
            database?.Dispose();
            throw;
        }
    }

    /// <summary>Makes the file with everything that is known beforehand.</summary>
    public static void Create(string study, StudyOptions options, IReadOnlyList<StudyAxis> axes, byte[] secret, IReadOnlyList<string> models, IReadOnlyList<StudyClip> clips, IReadOnlyList<StudyRater> raters)
    {
        using var database = new StudyDatabase(StudyFolder.Database(study), SqliteOpenMode.ReadWriteCreate);
        database.Execute($"{Schema}; PRAGMA user_version = {SchemaVersion}");
        using var transaction = database._connection.BeginTransaction();
        database.Execute("INSERT INTO study VALUES ($0, $1, $2, $3, NULL)", options.Title, options.Design.ToString(), string.Join(',', axes.Select(a => a.Key)), secret);
        for (int model = 0; model < models.Count; model++)
            database.Execute("INSERT INTO models VALUES ($0, $1)", model, models[model]);
        for (int clip = 0; clip < clips.Count; clip++)
        {
            database.Execute("INSERT INTO clips VALUES ($0, $1, $2, $3)", clip, clips[clip].Name, clips[clip].Prompt, clips[clip].Image);
            for (int model = 0; model < models.Count; model++)
                database.Execute("INSERT INTO videos VALUES ($0, $1, $2)", clip, model, clips[clip].Videos[model]);
        }
        for (int rater = 0; rater < raters.Count; rater++)
        {
            database.Execute("INSERT INTO raters VALUES ($0, $1, $2)", rater, raters[rater].Name, raters[rater].Digest);
            foreach (var (position, trial) in raters[rater].Trials.Index())
            {
                database.Execute("INSERT INTO trials (rater, position, kind, clip, left_model, right_model, expected) VALUES ($0, $1, $2, $3, $4, $5, $6)",
                    rater, position, trial.Kind.ToString(), trial.Clip, trial.Left, trial.Right, trial.Expected);
            }
        }
        transaction.Commit();
    }

    /// <summary>What the study is. Asked anew each time: another process may have closed it.</summary>
    public StudyInfo Info()
    {
        lock (_gate)
        {
            return Query("SELECT title, design, axes, secret, closed FROM study",
                row => new StudyInfo(row.GetString(0), Enum.Parse<StudyDesign>(row.GetString(1)), StudyAxis.Parse(row.GetString(2)), row.GetFieldValue<byte[]>(3), row.IsDBNull(4) ? null : Time(row.GetString(4)))).Single();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private SqliteCommand Command(string sql, object?[] values)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue($"${i}", values[i] ?? DBNull.Value);
        return command;
    }

    internal int Execute(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    internal object? Scalar(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar();
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}

/// <summary>A clip with the files that stand for it.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Prompt">Null if there are none.</param>
/// <param name="Image">The given picture's file, or null.</param>
/// <param name="Videos">A file for each model.</param>
internal sealed record StudyClip(string Name, string? Prompt, string? Image, IReadOnlyList<string> Videos);

/// <summary>A rater before the study begins.</summary>
/// <param name="Name">Says nothing about the person.</param>
/// <param name="Digest">Of the personal link's token.</param>
/// <param name="Trials">What there is to do.</param>
internal sealed record StudyRater(string Name, byte[] Digest, IReadOnlyList<PlannedTrial> Trials);
