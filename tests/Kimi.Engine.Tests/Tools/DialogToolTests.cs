using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Plans;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Tools;

public sealed class DialogToolTests : IDisposable
{
    private const string Ask = "{\"questions\":[{\"question\":\"Which?\",\"header\":\"H\",\"options\":[{\"label\":\"Ä\"},{\"label\":\"B\",\"description\":\"b\"}],\"multi_select\":true}]}";

    private readonly ToolBench _bench = new();
    private readonly FakeQuestions _questions = new();

    public DialogToolTests()
    {
        _bench.Questions = _questions;
        _bench.Plan.PlanFile = _bench.Folder["p.md"];
    }

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Question(string arguments = Ask) => _bench.Call(new AskUserQuestionTool(_bench.Services), arguments);

    private Task<ToolReturnValue> Enter() => _bench.Call(new EnterPlanModeTool(_bench.Services), "{}");

    private Task<ToolReturnValue> Exit(string arguments = "{}") => _bench.Call(new ExitPlanModeTool(_bench.Services), arguments);

    private void Answer(string question, string answer) => _questions.Answers = new() { [question] = answer };

    [Fact]
    public async Task An_answer_comes_as_spaced_json()
    {
        Answer("Which?", "Ä, B");
        ToolReturnValue result = await Question();
        result.IsOk("{\"answers\": {\"Which?\": \"Ä, B\"}}", "User has answered.");
        Assert.Equal("User answered", result.Brief);
        Question asked = Assert.Single(_questions.Asked!);
        Assert.Equal(("Which?", "H", true), (asked.Text, asked.Header, asked.MultiSelect));
        Assert.Equal([new QuestionOption("Ä"), new QuestionOption("B", "b")], asked.Options);
    }

    [Fact]
    public async Task Questions_that_get_no_answer()
    {
        ToolReturnValue dismissed = await Question();
        dismissed.IsOk("{\"answers\": {}, \"note\": \"User dismissed the question without answering.\"}", "User dismissed the question without answering.");
        Assert.Equal("User dismissed", dismissed.Brief);

        _questions.Failure = new IOException("gone");
        (await Question()).IsError("Failed to get user response.", "Question failed");
        _questions.AreSupported = false;
        (await Question()).IsError("The connected client does not support interactive questions. Do NOT call this tool again. Ask the user directly in your text response instead.", "Client unsupported");
        _bench.Questions = null;
        (await Question()).IsError("Cannot ask user questions: Wire is not available.", "Wire unavailable");
        _bench.Approvals.IsAfk = true;
        ToolReturnValue afk = await Question();
        afk.IsOk("{\"answers\": {}, \"note\": \"Running in afk mode. No user is present. Make your own decision.\"}", "Afk mode, auto-dismissed.");
        Assert.Equal("Auto-dismissed (afk)", afk.Brief);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"questions\":[]}")]
    [InlineData("{\"questions\":[{\"question\":\"q\",\"options\":[{\"label\":\"a\"}]}]}")]
    [InlineData("{\"questions\":[{\"question\":\"q\",\"options\":[{\"label\":\"a\"},{\"label\":\"b\"},{\"label\":\"c\"},{\"label\":\"d\"},{\"label\":\"e\"}]}]}")]
    [InlineData("{\"questions\":[{\"options\":[{\"label\":\"a\"},{\"label\":\"b\"}]}]}")]
    public async Task Questions_that_do_not_fit(string arguments)
    {
        (await Question(arguments)).IsInvalid();
        Assert.Null(_questions.Asked);
    }

    [Fact]
    public async Task Plan_mode_is_entered_when_the_user_says_yes()
    {
        Answer("Enter plan mode?", "Yes");
        ToolReturnValue result = await Enter();
        Assert.StartsWith($"Plan mode activated. You MUST NOT edit code files — only read and plan.\nPlan file: {_bench.Plan.PlanFile}\n", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(("Plan mode on", "Plan mode on", true), (result.Message, result.Brief, _bench.Plan.IsActive));
        Question asked = Assert.Single(_questions.Asked!);
        Assert.Equal("Plan Mode", asked.Header);
        Assert.Equal([new("Yes", "Enter plan mode to explore and design an approach"), new("No", "Skip planning, start implementing now")], asked.Options);
        (await Enter()).IsError("Already in plan mode. Use ExitPlanMode when your plan is ready.", "Already in plan mode");
    }

    [Fact]
    public async Task Plan_mode_is_not_entered_otherwise()
    {
        ToolReturnValue dismissed = await Enter();
        dismissed.IsOk("User dismissed without choosing. Proceed with implementation directly.", "Dismissed");
        Assert.Equal("Dismissed", dismissed.Brief);
        Answer("Enter plan mode?", "No");
        ToolReturnValue declined = await Enter();
        Assert.StartsWith("User declined to enter plan mode.", declined.OutputText, StringComparison.Ordinal);
        Assert.Equal(("Declined", "Declined"), (declined.Message, declined.Brief));
        _questions.Failure = new IOException("gone");
        (await Enter()).IsError("Failed to get user response.", "Question failed");
        _questions.AreSupported = false;
        (await Enter()).IsError("The connected client does not support plan mode. Do NOT call this tool again.", "Client unsupported");
        _bench.Questions = null;
        (await Enter()).IsError("Cannot request user confirmation: Wire is not available.", "Wire unavailable");
        Assert.False(_bench.Plan.IsActive);
    }

    [Fact]
    public async Task With_yolo_plan_mode_is_entered_without_asking()
    {
        _bench.Approvals.IsAutoApprove = true;
        ToolReturnValue result = await Enter();
        Assert.StartsWith($"Plan mode activated (auto-approved).\nPlan file: {_bench.Plan.PlanFile}\n", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(("Plan mode on (auto)", "Plan mode on (auto)"), (result.Message, result.Brief));
        Assert.Null(_questions.Asked);
    }

    [Fact]
    public async Task A_plan_can_only_be_presented_in_plan_mode_and_when_it_was_written()
    {
        (await Exit()).IsError("Not in plan mode. ExitPlanMode is only available during plan mode.", "Not in plan mode");
        _bench.Plan.IsActive = true;
        string none = $"No plan file found. Write your plan to {_bench.Plan.PlanFile} first, then call ExitPlanMode.";
        (await Exit()).IsError(none, "No plan file");
        _bench.Folder.Write("p.md", " \n");
        (await Exit()).IsError(none, "No plan file");
    }

    private void Plan()
    {
        _bench.Plan.IsActive = true;
        _bench.Folder.Write("p.md", "# The plan\n");
    }

    [Fact]
    public async Task An_approved_plan()
    {
        Plan();
        Answer("Approve this plan", "Approve");
        ToolReturnValue result = await Exit();
        Assert.Equal($"Plan approved by user. Plan mode deactivated. All tools are now available.\nPlan saved to: {_bench.Plan.PlanFile}\n\n## Approved Plan:\n# The plan\n", result.OutputText);
        Assert.Equal(("Plan approved", "Plan approved", false), (result.Message, result.Brief, _bench.Plan.IsActive));
        Assert.Equal(new PlanDisplay("# The plan\n", _bench.Plan.PlanFile!), Assert.Single(_bench.Sink.Sent));
        Question asked = Assert.Single(_questions.Asked!);
        Assert.Equal(("Plan", "Revise", "Stay in plan mode and provide feedback"), (asked.Header, asked.OtherLabel, asked.OtherDescription));
        Assert.Equal(
            [new("Approve", "Exit plan mode and start execution"), new("Reject", "Reject and stay in plan mode"), new("Reject and Exit", "Reject and exit plan mode")], asked.Options);
    }

    [Fact]
    public async Task An_approach_is_chosen()
    {
        Plan();
        Answer("Approve this plan", "Fast");
        ToolReturnValue result = await Exit("{\"options\":[{\"label\":\"Fast\",\"description\":\"f\"},{\"label\":\"Sound\"}]}");
        Assert.StartsWith("Plan approved by user. Selected approach: \"Fast\"", result.OutputText, StringComparison.Ordinal);
        Assert.Contains($"Plan saved to: {_bench.Plan.PlanFile}", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("## Approved Plan:\n# The plan\n", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(("Plan approved: Fast", "Plan approved: Fast", false), (result.Message, result.Brief, _bench.Plan.IsActive));
        Assert.Equal(["Fast", "Sound", "Reject", "Reject and Exit"], _questions.Asked![0].Options.Select(static option => option.Label));
    }

    [Theory]
    [InlineData("Reject and Exit", "Plan rejected by user. Plan mode deactivated.", "Plan rejected, exited plan mode", false)]
    [InlineData("Reject", "Plan rejected by user. Stay in plan mode.", "Plan rejected", true)]
    public async Task A_rejected_plan_ends_the_turn(string answer, string message, string brief, bool active)
    {
        Plan();
        Answer("Approve this plan", answer);
        ToolReturnValue result = await Exit();
        result.StartsError(message, brief);
        Assert.Equal(new Rejection(false), result.Rejection);
        Assert.Equal(active, _bench.Plan.IsActive);
    }

    [Theory]
    [InlineData(null, "User dismissed without choosing. Plan mode remains active.", "", "Dismissed")]
    [InlineData("more tests", "User wants to revise the plan. Stay in plan mode.", "User feedback: more tests", "Plan revision requested")]
    [InlineData("", "User wants to revise the plan. Stay in plan mode.", "", "Plan revision requested")]
    public async Task A_plan_that_is_not_decided(string? answer, string start, string end, string message)
    {
        Plan();
        if (answer is not null)
        {
            Answer("Approve this plan", answer);
        }

        ToolReturnValue result = await Exit();
        Assert.StartsWith(start, result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith(end, result.OutputText, StringComparison.Ordinal);
        Assert.Equal((message, message, true), (result.Message, result.Brief, _bench.Plan.IsActive));
    }

    [Fact]
    public async Task Afk_approves_a_plan_and_yolo_does_not()
    {
        Plan();
        _bench.Approvals.IsAutoApprove = true;
        await Exit();
        Assert.NotNull(_questions.Asked);
        _bench.Approvals.IsAfk = true;
        ToolReturnValue result = await Exit();
        Assert.StartsWith("Plan approved (auto-approved).", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(("Plan approved (auto)", "Plan approved (auto)", false), (result.Message, result.Brief, _bench.Plan.IsActive));
    }

    [Fact]
    public async Task A_plan_that_cannot_be_presented()
    {
        Plan();
        _questions.Failure = new IOException("gone");
        (await Exit()).IsError("Failed to get user response.", "Question failed");
        _questions.AreSupported = false;
        (await Exit()).StartsError("The connected client does not support plan mode.", "Client unsupported");
        _bench.Questions = null;
        (await Exit()).IsError("Cannot present plan: Wire is not available.", "Wire unavailable");
    }

    [Theory]
    [InlineData("{\"options\":[{\"label\":\"a\"},{\"label\":\"a\"}]}", "Option labels must be unique.")]
    [InlineData("{\"options\":[{\"label\":\" Reject \"}]}", "Option label ' Reject ' is reserved.")]
    [InlineData("{\"options\":[{\"label\":\"APPROVE\"}]}", "Option label 'APPROVE' is reserved.")]
    [InlineData("{\"options\":[{\"label\":\"a\"},{\"label\":\"b\"},{\"label\":\"c\"},{\"label\":\"d\"}]}", "at most 3")]
    public async Task Options_that_do_not_fit(string arguments, string detail) => (await Exit(arguments)).IsInvalid(detail);

    [Fact]
    public async Task D_mail()
    {
        FakeDMail mail = new();
        _bench.DMail = mail;
        SendDMailTool tool = new(_bench.Services);
        ToolReturnValue sent = await _bench.Call(tool, "{\"message\":\"m\",\"checkpoint_id\":3}");
        sent.IsOk("", "If you see this message, the D-Mail was NOT sent successfully. This may be because some other tool that needs approval was rejected.");
        Assert.Equal(("El Psy Kongroo", "m", 3), (sent.Brief, mail.Message, mail.Checkpoint));
        mail.Refusal = "Only one D-Mail can be sent at a time";
        (await _bench.Call(tool, "{\"message\":\"m\",\"checkpoint_id\":3}")).IsError("Failed to send D-Mail. Error: Only one D-Mail can be sent at a time", "Failed to send D-Mail");
        (await _bench.Call(tool, "{\"message\":\"m\",\"checkpoint_id\":-1}")).IsInvalid("checkpoint_id");
    }

    [Fact]
    public async Task Subagents()
    {
        FakeSubagents agents = new();
        _bench.Subagents = agents;
        AgentTool tool = new(_bench.Services);
        Assert.Contains("- `coder`: codes.", tool.Definition.Description, StringComparison.Ordinal);
        Assert.Equal("ran", (await _bench.Call(tool, "{\"description\":\"d\",\"prompt\":\"p\"}")).OutputText);
        Assert.Equal(new SubagentRequest("d", "p", "coder", null, null, false, null), agents.Request);
        await _bench.Call(tool, "{\"description\":\"d\",\"prompt\":\"p\",\"subagent_type\":\"plan\",\"model\":\"m\",\"resume\":\"a1\",\"run_in_background\":true,\"timeout\":30}");
        Assert.Equal(new SubagentRequest("d", "p", "plan", "m", "a1", true, 30), agents.Request);
        (await _bench.Call(tool, "{\"description\":\"d\",\"prompt\":\"p\",\"timeout\":29}")).IsInvalid("timeout");
        (await _bench.Call(tool, "{\"description\":\"d\"}")).IsInvalid("prompt");
        _bench.IsSubagent = true;
        (await _bench.Call(new AgentTool(_bench.Services), "{\"description\":\"d\",\"prompt\":\"p\"}")).IsError("Subagents cannot launch other subagents.", "Agent unavailable");
    }

    private sealed class FakeQuestions : IQuestions
    {
        public bool AreSupported { get; set; } = true;

        public IReadOnlyList<Question>? Asked { get; private set; }

        public Dictionary<string, string> Answers { get; set; } = [];

        public Exception? Failure { get; set; }

        public Task<IReadOnlyDictionary<string, string>> AskAsync(ToolCallContext context, IReadOnlyList<Question> questions, CancellationToken cancellationToken)
        {
            Asked = questions;
            return Failure is null ? Task.FromResult<IReadOnlyDictionary<string, string>>(Answers) : Task.FromException<IReadOnlyDictionary<string, string>>(Failure);
        }
    }

    private sealed class FakeDMail : IDMail
    {
        public string? Refusal { get; set; }

        public string? Message { get; private set; }

        public int Checkpoint { get; private set; }

        public string? Send(string message, int checkpointId)
        {
            (Message, Checkpoint) = (message, checkpointId);
            return Refusal;
        }
    }

    private sealed class FakeSubagents : ISubagents
    {
        public SubagentRequest? Request { get; private set; }

        public string DescribeTypes() => "- `coder`: codes.";

        public Task<ToolReturnValue> RunAsync(SubagentRequest request, ToolCallContext context, CancellationToken cancellationToken)
        {
            Request = request;
            return Task.FromResult(ToolReturnValue.Ok("ran"));
        }
    }
}
