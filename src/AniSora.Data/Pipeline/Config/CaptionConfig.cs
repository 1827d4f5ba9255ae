namespace AniSora.Data.Pipeline;

/// <summary>Where captions come from.</summary>
public sealed record CaptionConfig
{
    /// <summary>Other wordings of a caption that are stored with it, 0 … 8.</summary>
    public int Variants { get; init; } = 3;

    /// <summary>
    /// Captions of a small closed vocabulary, which a caption encoder trained on a few thousand clips can learn; for sources whose label is one
    /// of the demo's actions.
    /// </summary>
    public bool Closed { get; init; }

    /// <summary>A vision model that looks at the clips; null: captions come from the sources' titles and labels. Nothing is sent anywhere unless this is set.</summary>
    public CaptionEndpoint? Endpoint { get; init; }
}

/// <summary>An OpenAI-compatible chat endpoint that takes pictures.</summary>
public sealed record CaptionEndpoint
{
    /// <summary>The API's base, such as <c>http://localhost:8000/v1</c>.</summary>
    public required string Url { get; init; }

    /// <summary>The model's name there.</summary>
    public required string Model { get; init; }

    /// <summary>The environment variable that holds the key; keys are never stored.</summary>
    public string KeyVariable { get; init; } = "ANISORA_CAPTION_KEY";

    /// <summary>What is asked.</summary>
    public string Prompt { get; init; } = "These are frames of one short animation clip, in order. Say in one sentence of at most 40 words what is seen and what moves: subject, action, setting, style. Only the sentence.";

    /// <summary>Frames sent of each clip, evenly spread, 1 … 16.</summary>
    public int Frames { get; init; } = 3;

    /// <summary>Longest answer in tokens.</summary>
    public int MaxTokens { get; init; } = 120;

    /// <summary>Requests at the same time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Requests per minute at most; 0 for no limit.</summary>
    public int RequestsPerMinute { get; init; } = 60;

    /// <summary>Attempts at a request that fails for now (no connection, too many requests, server errors), waiting longer each time.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Seconds that a request may take.</summary>
    public double TimeoutSeconds { get; init; } = 120;

    /// <summary>Price of a million tokens sent, in the currency of <see cref="CostCap"/>.</summary>
    public double PricePerMillionSent { get; init; }

    /// <summary>Price of a million tokens received.</summary>
    public double PricePerMillionReceived { get; init; }

    /// <summary>What the whole data set may cost; the run stops before it is exceeded. 0 for no cap, which needs prices of 0.</summary>
    public double CostCap { get; init; }
}
