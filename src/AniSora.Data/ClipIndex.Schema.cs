using AniSora.Data.Tables;
using DuckDB.NET.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

public sealed partial class ClipIndex
{
    /// <summary>
    /// The version of the schema. A column may be added without a new version (readers ignore columns they do not know); a change of
    /// meaning, name or type, or a new column without which clips are read wrongly, raises it.
    /// </summary>
    public const int SchemaVersion = 2;

    private sealed record Column(string Name, string Type, Action<IDuckDBAppenderRow, ClipRow> Write);

    // The one list from which the table, the reader's SELECT and the writer are made; ReadRow below follows its order.
    private static readonly Column[] _columns =
    [
        new("clip_id", "VARCHAR", (a, r) => a.AppendValue(r.ClipId)),
        new("source", "VARCHAR", (a, r) => a.AppendValue(r.Source)),
        new("licence", "VARCHAR", (a, r) => a.AppendValue(r.Licence)),
        new("sequence", "VARCHAR", (a, r) => a.AppendValue(r.Sequence)),
        new("base_sequence", "VARCHAR", (a, r) => a.AppendValue(r.BaseSequence)),
        new("label", "VARCHAR", (a, r) => a.AppendValue(r.Label)),
        new("direction", "VARCHAR", (a, r) => a.AppendValue(r.Direction)),
        new("subject", "VARCHAR", (a, r) => a.AppendValue(r.Subject)),
        new("colour", "VARCHAR", (a, r) => a.AppendValue(r.Colour)),
        new("pace", "VARCHAR", (a, r) => a.AppendValue(r.Pace)),
        new("caption", "VARCHAR", (a, r) => a.AppendValue(r.Caption)),
        new("frames", "INTEGER", (a, r) => a.AppendValue(r.Frames)),
        new("height", "INTEGER", (a, r) => a.AppendValue(r.Height)),
        new("width", "INTEGER", (a, r) => a.AppendValue(r.Width)),
        new("fps", "DOUBLE", (a, r) => a.AppendValue(r.Fps)),
        new("motion_score", "DOUBLE", (a, r) => a.AppendValue(r.MotionScore)),
        new("split", "VARCHAR", (a, r) => a.AppendValue(r.Split)),
        new("background", "VARCHAR", (a, r) => a.AppendValue(r.Background)),
        new("mirrorable", "BOOLEAN", (a, r) => a.AppendValue(r.Mirrorable)),
        new("shard", "VARCHAR", (a, r) => a.AppendValue(r.Shard)),
        new("tensor", "VARCHAR", (a, r) => a.AppendValue(r.Tensor)),
        new("offset", "BIGINT", (a, r) => a.AppendValue(r.Offset)),
        new("byte_length", "BIGINT", (a, r) => a.AppendValue(r.ByteLength)),
        new("first_frame", "INTEGER", (a, r) => a.AppendValue(r.FirstFrame)),
        new("frame_step", "INTEGER", (a, r) => a.AppendValue(r.FrameStep)),
        new("sequence_frames", "INTEGER", (a, r) => a.AppendValue(r.SequenceFrames)),
        new("checksum", "VARCHAR", (a, r) => a.AppendValue(r.Checksum)),
        new("mask_shard", "VARCHAR", (a, r) => a.AppendValue(r.MaskShard)),
        new("mask_tensor", "VARCHAR", (a, r) => a.AppendValue(r.MaskTensor)),
        new("caption_variants", "VARCHAR", (a, r) => a.AppendValue(r.CaptionVariants)),
        new("caption_suffix", "VARCHAR", (a, r) => a.AppendValue(r.CaptionSuffix)),
        new("weight", "DOUBLE", (a, r) => a.AppendValue(r.Weight)),
        new("tool_version", "VARCHAR", (a, r) => a.AppendValue(r.ToolVersion)),
        new("schema_version", "INTEGER", (a, _) => a.AppendValue((int?)SchemaVersion)),
    ];

    // Quoted, since "offset" is also a keyword.
    private static string ColumnList => string.Join(", ", _columns.Select(c => c.Name == "offset" ? "\"offset\"" : c.Name));

    /// <summary>Writes an index, sorted by split, label and clip_id so that filters on them skip row groups. Whole or not at all.</summary>
    /// <param name="path">The Parquet file.</param>
    /// <param name="rows">The clips.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<ClipRow> rows)
    {
        try
        {
            using var database = Database.Open();
            database.Execute($"CREATE TABLE clips ({string.Join(", ", _columns.Select(c => $"\"{c.Name}\" {c.Type} NOT NULL"))})");
            using (var appender = database.CreateAppender("clips"))
            {
                foreach (var row in rows)
                {
                    var written = appender.CreateRow();
                    foreach (var column in _columns)
                        column.Write(written, row);
                    written.EndRow();
                }
            }
            ParquetFile.Write(database, path, "SELECT * FROM clips ORDER BY split, label, clip_id");
        }
        catch (DuckDBException e)
        {
            throw new InputException($"{path}: the index was not written: {e.FirstLine()}", e);
        }
    }

    private static void CheckColumns(DuckDBConnection database, string file)
    {
        var present = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var reader = database.Query("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(" + Database.Literal(file) + "))"))
        {
            while (reader.Read())
                present[reader.GetString(0)] = reader.GetString(1);
        }

        foreach (var column in _columns)
        {
            if (!present.TryGetValue(column.Name, out string? type))
                throw new InputException($"{file}: column {column.Name} is missing; make the index again with `anisora data prepare demo`");
            if (type != column.Type)
                throw new InputException($"{file}: column {column.Name} is {type}, should be {column.Type}; make the index again with `anisora data prepare demo`");
        }
    }

    private int CheckVersion()
    {
        using var reader = _database.Query("SELECT count(*), coalesce(min(schema_version), 0), coalesce(max(schema_version), 0) FROM clips");
        reader.Read();
        long count = reader.GetInt64(0), low = reader.GetInt64(1), high = reader.GetInt64(2);
        if (count == 0)
            throw new InputException($"{FilePath}: the index has no clips; make it again with `anisora data prepare demo`");
        if (low != SchemaVersion || high != SchemaVersion)
            throw new InputException($"{FilePath}: schema_version is {(low == SchemaVersion ? high : low)}, this program reads {SchemaVersion}; make the index again with `anisora data prepare demo`");
        return checked((int)count);
    }

    private static ClipRow ReadRow(DuckDBDataReader r)
    {
        int c = 0;
        return new ClipRow
        {
            ClipId = r.GetString(c++),
            Source = r.GetString(c++),
            Licence = r.GetString(c++),
            Sequence = r.GetString(c++),
            BaseSequence = r.GetString(c++),
            Label = r.GetString(c++),
            Direction = r.GetString(c++),
            Subject = r.GetString(c++),
            Colour = r.GetString(c++),
            Pace = r.GetString(c++),
            Caption = r.GetString(c++),
            Frames = (int)r.GetInt64(c++),
            Height = (int)r.GetInt64(c++),
            Width = (int)r.GetInt64(c++),
            Fps = r.GetDouble(c++),
            MotionScore = r.GetDouble(c++),
            Split = r.GetString(c++),
            Background = r.GetString(c++),
            Mirrorable = r.GetBoolean(c++),
            Shard = r.GetString(c++),
            Tensor = r.GetString(c++),
            Offset = r.GetInt64(c++),
            ByteLength = r.GetInt64(c++),
            FirstFrame = (int)r.GetInt64(c++),
            FrameStep = (int)r.GetInt64(c++),
            SequenceFrames = (int)r.GetInt64(c++),
            Checksum = r.GetString(c++),
            MaskShard = r.GetString(c++),
            MaskTensor = r.GetString(c++),
            CaptionVariants = r.GetString(c++),
            CaptionSuffix = r.GetString(c++),
            Weight = r.GetDouble(c++),
            ToolVersion = r.GetString(c),
        };
    }
}
