/** What a member's address tells by itself. */

/** Whether the address is an IP address; anything else is a name that the gateway has to resolve. */
export function isIpAddress(address: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) || /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address);
}

/**
 * Platforms that serve many customers behind one address and choose by the Host header: App Service, Container Apps,
 * Static Web Apps, Storage, API Management, Front Door. They answer a name that they do not know with 404 or 403.
 */
const SHARED_PLATFORM =
  /\.(azurewebsites\.(net|us|windows\.net)|chinacloudsites\.cn|appserviceenvironment\.net|azurecontainerapps\.io|azurestaticapps\.net|(web|blob)\.core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|azure-api\.(net|us|cn)|azurefd\.net)$/i;

export function isOnSharedPlatform(address: string): boolean {
  return SHARED_PLATFORM.test(address) || /\.z\d+\.web\.core\./i.test(address);
}
