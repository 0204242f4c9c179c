import { app } from '@azure/functions';

// An MCP client reaches it under /runtime/webhooks/mcp, with the system key of the host's MCP extension.
app.mcpTool('mcp-diagnose', {
  toolName: 'diagnose_application_gateway',
  description:
    'Says why an Azure Application Gateway answers 502 or 504, or whether it is well: the causes with how sure each is, the evidence quoted, the fix as a command with its undo, and what is not known. It reads Azure and changes nothing; it can take two minutes.',
  toolProperties: [
    {
      propertyName: 'gatewayId',
      propertyType: 'string',
      description:
        'The resource id of the gateway: /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/applicationGateways/<name>',
      isRequired: true,
    },
  ],
  handler: async (input, context) => (await import('../src/platform/mcp-diagnose.ts')).onMcpDiagnose(input, context),
});
